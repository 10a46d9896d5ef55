"""core 0002: count storage.

Sets that exist get the bytes of their segments, which are known; of initialisation segments and posters (about a
thousandth of a set) nobody wrote down the sizes.
"""

UPGRADE = {
    "sqlite": [
        """
        CREATE TABLE "new__rendition_set" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "storage" VARCHAR(40) NOT NULL,
            "prefix" VARCHAR(200) NOT NULL,
            "complete" INT NOT NULL,
            "duration" REAL NOT NULL,
            "poster" VARCHAR(80),
            "size" BIGINT NOT NULL,
            "created_at" TIMESTAMP NOT NULL,
            "video_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_rendition_s_prefix_3a3966"
                UNIQUE ("prefix"),
            CONSTRAINT "fk_renditio_video_02446643"
                FOREIGN KEY ("video_id") REFERENCES "video" ("id") ON DELETE CASCADE
        )
        """,
        """
        INSERT INTO "new__rendition_set" (
            "id",
            "storage",
            "prefix",
            "complete",
            "duration",
            "poster",
            "size",
            "created_at",
            "video_id"
        )
        SELECT
            "id",
            "storage",
            "prefix",
            "complete",
            "duration",
            "poster",
            0,
            "created_at",
            "video_id"
        FROM "rendition_set"
        """,
        'DROP TABLE "rendition_set"',
        'ALTER TABLE "new__rendition_set" RENAME TO "rendition_set"',
        'CREATE INDEX "idx_rendition_s_video_i_f8ff85" ON "rendition_set" ("video_id")',
        """
        CREATE TABLE "new__user" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "handle" VARCHAR(30) NOT NULL,
            "display_name" VARCHAR(50) NOT NULL,
            "email" VARCHAR(254),
            "email_key" VARCHAR(254),
            "role" VARCHAR(16) NOT NULL,
            "suspended_at" TIMESTAMP,
            "epoch" INT NOT NULL,
            "upload_day" DATE,
            "uploads_begun" INT NOT NULL,
            "created_at" TIMESTAMP NOT NULL,
            CONSTRAINT "uid_user_handle_27a10f"
                UNIQUE ("handle"),
            CONSTRAINT "uid_user_email_k_875210"
                UNIQUE ("email_key")
        )
        """,
        """
        INSERT INTO "new__user" (
            "id",
            "handle",
            "display_name",
            "email",
            "email_key",
            "role",
            "suspended_at",
            "epoch",
            "upload_day",
            "uploads_begun",
            "created_at"
        )
        SELECT
            "id",
            "handle",
            "display_name",
            "email",
            "email_key",
            "role",
            "suspended_at",
            "epoch",
            NULL,
            0,
            "created_at"
        FROM "user"
        """,
        'DROP TABLE "user"',
        'ALTER TABLE "new__user" RENAME TO "user"',
        """
        UPDATE "rendition_set" SET "size" = COALESCE((
            SELECT SUM(json_extract("segment"."value", '$[2]'))
            FROM "rendition", json_each("rendition"."segments") AS "segment"
            WHERE "rendition"."rendition_set_id" = "rendition_set"."id"
        ), 0)
        """,
    ],
    "postgres": [
        'ALTER TABLE "rendition_set" ADD COLUMN "size" BIGINT NOT NULL DEFAULT 0',
        'ALTER TABLE "rendition_set" ALTER COLUMN "size" DROP DEFAULT',
        'ALTER TABLE "user" ADD COLUMN "upload_day" DATE',
        'ALTER TABLE "user" ADD COLUMN "uploads_begun" INT NOT NULL DEFAULT 0',
        'ALTER TABLE "user" ALTER COLUMN "uploads_begun" DROP DEFAULT',
        """
        UPDATE "rendition_set" SET "size" = COALESCE((
            SELECT SUM(("segment"."value" ->> 2)::BIGINT)
            FROM "rendition", jsonb_array_elements("rendition"."segments") AS "segment"("value")
            WHERE "rendition"."rendition_set_id" = "rendition_set"."id"
        ), 0)
        """,
    ],
}

MODELS_STATE = (
    "eJztWN9v2zYQ/lcMPzXAHhT5996cRM28OXbqOEM7BCBkkXJYy5JKSU2yov/7SJGSJesk2U"
    "lWZJ0eghjikXc8fvcd+X1rB18cGpL2r61v7c/eKv5veU60dYP4N8Xxv/DJFzbtP8eL89/G"
    "i3en/ZP2L622z+jWZE98JGQR+c6/bKgLz+hrJ21hEESrz8QKq1Z1I8fJLOmbT45n5lf9/W"
    "Y+k8uFpooeWkxYsMhFZt7fcnJl3CzHV9exgRmGZOuHQc5kMlvGgzZxLQKOOMQMCIrckDol"
    "ixe38uCxDWFguEMN3Dvz1owE+dgWxngah0AY8xiyPAxnoAsuKSdhEpr7gRsfl4C9xQhPMa"
    "7OIT8GVmlUXNemLg3uj5gjJnF0kUeSQPMRcciiGAJoiG1rIEDSPuf5WRqtyezC+Ni6A83u"
    "2q35jI/x7/znuzsJozvu8U7h5a4d5y6dLFGLhiPcHQ2rvOQMi37ksPS0y6zwFu+PERfTkH"
    "puXSFyFBqXxqJ1vZhcjRefWn8Yn1rj2+V8MuOBXRmzZWs253+302mxTvmHNXEJE84zB+Ka"
    "23IcVdb2UI4LIFoBaNHvShOfmBu0Ml38QHF4D9aV+ZVHtiY1VvBIEWX3hK7vwwMMbca3j9"
    "g+m8S1VrTm2IUpbJjQHFlvibtHKilrpceMAhKiCo6NQRG59EukQB9RjHaz1S+Ee9bIjsF/"
    "O5t8uDUE1PZ9SMyJQ47RJrbsMZ4dF23Ik1zc3qRr736s9B7uY00Xq7+fL4zJ5SxGG+jipL"
    "Uw3hsLY3Zu3LT2DGQFSCteFRfG1OAFdD6+OR9fGHvwF/Yv7kVB6AkkVWLaZ8Smj6CJrmkJ"
    "rre+Q0K4DeCIYyYp2AJD+14QHkX4Af077+dscpm4OoiJv1JMvBdAKkAyJahjdkb9fh5Tcu"
    "gg/Mg4NL3b7fe7HQA8SaAF0MQDNWABWkF2C2ptZA9te9groevyCQltA/DNRC0zGfDuDPE1"
    "pmsSwBwhyBAE7GGtlpCaCw159Cm/NFQbRQFhtTCBTlhtGMULdElnNMLWEDhf5aBwvOL78a"
    "ebeE32NtQ7Vn9QcrKwcXKqalTGsMtVpuPntsirQ+9gvLJqnOWNQWe7lKgq9NOL7QE8p5fz"
    "XN0d+BAm5GdcTYNqESSjLsOO3uspdqAOQaV3ioyZuyaMb8qFiyXDwm7IOypSBsBm00ArON"
    "Tn91RUMDiKYQ8qL+/BramvZ3O1yj8/L9SxO6dkkOdo/r2KoNXsGIqdkd4j9mAAVG8S/zPK"
    "VzhO/cgtdof6SNNI9we0AeVXxY80a6XhMp4AbZPKlYMygF02xB1KPRZSulDLyAfGqT2w5W"
    "Wp3GHWEnKXeY2A/JTLLeX0dmrLTl3uMm8LOS10NnHSL76D3fNbvAPXa0eVK6aB75hP5VzR"
    "U4Zku/9k3bFJF3zqigmolNjgScwriTcl0yjw+cXguNcu8T0LfsmoA8JmPsoLfpDAOtI6QC"
    "uyjlxwvXoOA0lF8IE8LKQPzFPNzrOKHFIYTCeoBKPhoKefavkZafJTQMUIezGiQhqWHZCe"
    "IIoEFqN+4VoeKxwykoCuqENDGBnJSTvU3ZTDRxkJ7K5Ma4PKj5ib5AOJH4LPlFr8aOUcJ5"
    "yIMqQYV10bS2fwiIK9LO7KEnzBYCLeSkdFZ0WMidZe8xguTqzvsmVtULJdDGLN5i9cvYtf"
    "twtCvUk6VeBDI62rmjdA25BpwtqZzrgDsmwXWXDIL5LQVeOQqyb9bmCRXq+sb0CmQAD5zp"
    "hVtEqcJ2e9woTzTKXzvCngPI8byTPJq1vIpu3/oKp99gqy9vKvf1XY5ssX9/M60vbF/PZs"
    "arSuF8b55Gai1LI3IXOrnNYJ3WBuaqXu4qxG7M7k6cZYTMbTVNHOit6Nuv0SdbtQbsWZz1"
    "e6zxqp++eQus/m82m51g1S9g/VvRU1N8r3z6t8J923SvtWNnXynDJr9O9G/2707yO1o+NK"
    "rNHAGw280cD/pxo4+BB+Oyq4oKhGB38LOvjZ88WYeikcRGGNGF415/XlcNBbI4g3gvirCe"
    "Lf/wHg+RRU"
)
