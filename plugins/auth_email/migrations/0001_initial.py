"""auth_email 0001: initial.

Written from the models. Review the SQL and edit it freely until it is released; after that write a new migration.
"""

UPGRADE = {
    "sqlite": [
        """
        CREATE TABLE "auth_email_one_time_token" (
            "digest" VARCHAR(64) NOT NULL PRIMARY KEY,
            "purpose" VARCHAR(16) NOT NULL,
            "binding" VARCHAR(64) NOT NULL,
            "expires_at" TIMESTAMP NOT NULL,
            "user_id" VARCHAR(16),
            CONSTRAINT "fk_auth_ema_user_bc5aa080"
                FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE
        )
        """,
        'CREATE INDEX "idx_auth_email__expires_39a184" ON "auth_email_one_time_token" ("expires_at")',
        'CREATE INDEX "idx_auth_email__user_id_f5d4cd" ON "auth_email_one_time_token" ("user_id")',
        """
        CREATE TABLE "auth_email_password" (
            "hash" VARCHAR(255) NOT NULL,
            "changed_at" TIMESTAMP NOT NULL,
            "user_id" VARCHAR(16) NOT NULL PRIMARY KEY,
            CONSTRAINT "fk_auth_ema_user_0e613573"
                FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE
        )
        """,
    ],
    "postgres": [
        """
        CREATE TABLE "auth_email_one_time_token" (
            "digest" VARCHAR(64) NOT NULL PRIMARY KEY,
            "purpose" VARCHAR(16) NOT NULL,
            "binding" VARCHAR(64) NOT NULL,
            "expires_at" TIMESTAMPTZ NOT NULL,
            "user_id" VARCHAR(16)
        )
        """,
        """
        CREATE TABLE "auth_email_password" (
            "hash" VARCHAR(255) NOT NULL,
            "changed_at" TIMESTAMPTZ NOT NULL,
            "user_id" VARCHAR(16) NOT NULL PRIMARY KEY
        )
        """,
        """
        ALTER TABLE "auth_email_one_time_token"
            ADD CONSTRAINT "fk_auth_ema_user_bc5aa080"
            FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE
        """,
        'CREATE INDEX "idx_auth_email__expires_39a184" ON "auth_email_one_time_token" ("expires_at")',
        'CREATE INDEX "idx_auth_email__user_id_f5d4cd" ON "auth_email_one_time_token" ("user_id")',
        """
        ALTER TABLE "auth_email_password"
            ADD CONSTRAINT "fk_auth_ema_user_0e613573"
            FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE
        """,
    ],
}

MODELS_STATE = (
    "eJztU11PwjAU/StNnyDxAYQh+raMokQBMxajZklTtrI17Mt2ixDCf7fdWPgQ4ow+GMNL07"
    "Tn3nPuveeuoHgLWErhDVhBkqU+piFhAY4jilMWyiOe0yj/deIgCyOR313mUZHm13SZqGj4"
    "pJvGnW7WOu06vAAw4SwkfCl/Up7RtXrJeBILejSo2alDhZmyyGWRdzKxwtBFwjgVmOzzW4"
    "Mhmlj68DEHZYJyzNyTZBISZUFQylMhs5hT5kV4TpdFkbM5LjuC83xTRyOk0W2oZP2xiQa3"
    "I3CPXkDNLvlsWAcm6iMTjQw0AcW7DRWi+ByPQA89IAsBQ58Yeg/lamXVdEELVuYu8M4gcF"
    "lu65o0u21FbZhIlwkGox56BvYXAZJcctqnZ1uo2zZVqlTdOcy6KRDPNLftuBVk7AdUlLFt"
    "I8xnsgNPiBDvMXc/edEnwj8650tNKxzj+CTyqPtjxxx4upppGrTTbGlXrd81TU4u1yn1+M"
    "Y3/2N5rdfz+p7X93vrW90zf2qB1x+7kWAm"
)
