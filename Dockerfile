# docs/container.md says how to build and run it. Code lies in /opt/magnetoflow, a run's files in the volume /work.
FROM python:3.11.14-slim-bookworm

# CPU builds of torch; from PyPI it brings CUDA, 3 GB more.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# "[movies,tplot]" installs these extras of pyproject.toml too.
ARG EXTRAS=""

WORKDIR /opt/magnetoflow
COPY pyproject.toml constraints.txt README.md LICENSE ./
# An editable installation notes the packages that it finds, so the package is there by its first file.
COPY magnetoflow/__init__.py magnetoflow/
# A layer of its own: an edit of the code does not install again. Bytecode is kept, as no user can write it later.
RUN python -m pip install --no-cache-dir --no-deps --index-url "$TORCH_INDEX" -c constraints.txt torch \
    && python -m pip install --no-cache-dir -c constraints.txt -e ".$EXTRAS"
COPY . .
RUN python -m compileall -q magnetoflow && install --directory --mode=1777 /work

# .git is not in the image, so run.json has the commit from here. Below what takes long, as each commit changes it.
ARG COMMIT=""
# Any user id may be given, so none has an entry in /etc/passwd, and caches go where all may write.
ENV HOME=/tmp USER=magnetoflow MAGNETOFLOW_COMMIT=$COMMIT
USER 1000:1000
WORKDIR /work
VOLUME /work
ENTRYPOINT ["sh", "/opt/magnetoflow/tools/container.sh"]
