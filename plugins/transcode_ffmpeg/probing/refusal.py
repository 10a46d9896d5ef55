"""How looking at a file ends when it is not what we accept."""


class Refused(Exception):
    """`args` are a reason of the closed list (`core.transcoding.Reason`) and a detail."""
