"""Imported by every Python process of a sample run: it notes and refuses what would touch the network."""

import os
import socket


def refuse(*asked, **more):
    with open(os.environ["NETWORK_LOG"], "a") as log:  # noqa: PTH123 (pathlib would take longer to import)
        log.write(f"{asked}\n")
    raise OSError("no network in this test")


socket.getaddrinfo = refuse
socket.socket.connect_ex = refuse
connect = socket.socket.connect
socket.socket.connect = lambda self, at: connect(self, at) if self.family == socket.AF_UNIX else refuse(at)
