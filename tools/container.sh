# What a container runs: options and paths are Snakemake's, other words those of magnetoflow.
case "${1-}" in
    snakemake) shift ;;
    magnetoflow) exec "$@" ;;
    -* | */*) ;;
    *) exec magnetoflow "$@" ;;
esac
exec snakemake --snakefile /opt/magnetoflow/Snakefile "$@"
