"""Join the shards of one camera-day, in our format and in the published one."""

from magnetoflow.io import aurora_shards as parts
from magnetoflow.io.classification_files import HEADER_LINES
from magnetoflow.workflow.jobs import run_job
from magnetoflow.workflow.merge import merge_csv, merge_published


def main(job):
    merge_csv(parts.in_shards(job.input.shards, parts.FRAMES), job.output.frames)
    published = parts.in_shards(job.input.shards, parts.PUBLISHED)
    merge_published(published, job.output.published, HEADER_LINES)


run_job(main, snakemake)
