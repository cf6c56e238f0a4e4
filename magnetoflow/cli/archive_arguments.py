"""Arguments of ``magnetoflow archive`` and their help."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

EXAMPLES = """\
examples
  magnetoflow archive plan --configfile config/real.yaml
      files and bytes that the events of all studies would bring; nothing is fetched
  magnetoflow archive plan --archive remote --configfile my_events.yaml --study mms_rnn --csv plan.csv
      the same of one study, and as a table
  magnetoflow archive status --configfile config/real.yaml mms_rnn/tail_A
      what is there for one event, what is missing, and why; without network
  magnetoflow archive verify
      check all files that manifests name; of the remote archives, bring bad ones again
  magnetoflow archive update --archive remote --dry-run
      newer versions of what the manifests name; without --dry-run they are brought
  magnetoflow archive fetch mms_fgm_brst --probe 1 --start 2017-07-11T22:33 --stop 2017-07-11T22:35 \\
      --archive remote
      files of one product, without a study
  magnetoflow archive fetch themis_asi --probe gill --start 2014-03-10T06:00 --stop 2014-03-10T06:05 \\
      --archive remote
      minutes 0558 to 0606: two before and after belong to it, as clocks of cameras were set
  magnetoflow archive status --configfile results/mms_gmm/work/cli_NAME.yaml mms_gmm
      of a run whose event was given on the command line: it wrote this file

exit status
  0 all is well, 1 something is missing, bad or failed, 2 the call or the configuration is wrong
"""


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    configuration: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add ``archive`` and what it can do."""
    archive = commands.add_parser(
        "archive",
        help="plan, look at, check and update the files of the archives; fetch some without a study",
        description="What the archives have, what is on disk, and whether both are still the same.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    actions = archive.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_ActionParser
    )

    def action(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(
            name,
            help=text.split(":")[0].split(";")[0],
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    plan = action("plan", "list files and bytes that a run would bring; only listings are asked for")
    plan.add_argument("--csv", metavar="FILE", type=Path, help="write the table to a file, too")
    status = action("status", "say what is there, missing or damaged; from manifests, without network")
    update = action("update", "take newer versions of what manifests name; prints the difference first")
    update.add_argument("-n", "--dry-run", action="store_true", help="print the difference, and end")
    verify = action("verify", "check all files that manifests name; bad ones of the cache are brought again")
    verify.add_argument("--offline", action="store_true", help="move bad files away, and bring nothing")
    for one in (plan, status, update, verify):
        default = "studies whose events are in the archive" if one in (plan, status) else "all that is there"
        one.add_argument("events", nargs="*", metavar="STUDY[/EVENT]", help=f"default: {default}")
        one.add_argument(
            "--study", metavar="STUDY[/EVENT]", action="append", default=[], help="the same; may be repeated"
        )
    fetch = action("fetch", "bring files of one product into the cache; for no study")
    fetch.add_argument(
        "product", metavar="PRODUCT", help="such as mms_fgm_brst, rbsp_rept_l3, themis_asi or pfrr_dasc"
    )
    fetch.add_argument("--probe", metavar="P", required=True, help="1 (MMS), a (RBSP), gill (camera), pkr")
    fetch.add_argument("--start", metavar="TIME", required=True, help="UTC, for example 2017-07-11T22:33")
    fetch.add_argument("--stop", metavar="TIME", required=True, help="UTC, not included")
    for one in (plan, status, update, verify, fetch):
        configuration(one)


class _ActionParser(argparse.ArgumentParser):
    """Parser of one action: it refuses what it does not know itself, with its own usage."""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown
