"""What Python processes of runs in tests do first: note the network, and give their script to a warm process.

Python imports this module where this folder is on its path; only standard modules are wanted here.
"""

import os
import sys

if "NETWORK_LOG" in os.environ:
    import network_guard  # noqa: F401

if "WARM_SCRIPTS" in os.environ and "/.snakemake/scripts/" in sys.orig_argv[-1]:
    import script_client

    script_client.hand_over(os.environ.pop("WARM_SCRIPTS"))
