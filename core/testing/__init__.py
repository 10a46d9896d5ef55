"""For tests of the core and of anybody's plugin: a site to talk to, contract suites for providers, media to try them on."""
