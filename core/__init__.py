"""Mutoscope's core: it declares the extension points and owns the flow of a video; every feature is a plugin.

The rooms, in reading order:

    hookspecs.py    every extension point on one page
    api.py          all that a plugin may import, together with core.models and core.testing
    plugins.py      find, check and register plugins
    hooks.py        call them: collect(), ask(), announce()
    settings/       settings.toml and the environment in, validated models out
    services.py     what a request or a job needs
    app.py, cli.py  the web application; the `mutoscope` command, commands/ its larger parts
    database.py     connections and transactions; migration/ keeps the schema, one app a plugin
    processes/      the one place that runs child processes: bounded, sandboxed, never left behind
    models.py       the rows every feature shares
    jobs/           the job table, the worker, and the bell that wakes it
    storage/, transcoding.py, mail.py, moderation.py   what the providers promise
    storage_moves/, storage_audit/   objects change their place while the site runs; rows and objects are compared
    signing.py      tokens and signed URLs
    http/           routing with a policy for every route, sessions, errors, assets, OpenAPI
    templates.py    theme > plugin > core, and the slots
    videos/         the flow: upload, process, publish, play
    testing/        contract suites for providers, a whole site for tests of plugins
"""
