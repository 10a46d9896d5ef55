"""HTTP: routing with a policy for every route, sessions, errors, assets, OpenAPI."""
