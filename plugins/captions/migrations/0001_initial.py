"""captions 0001: initial.

Written from the models. Review the SQL and edit it freely until it is released; after that write a new migration.
"""

UPGRADE = {
    "sqlite": [
        """
        CREATE TABLE "captions_caption" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "language" VARCHAR(12) NOT NULL,
            "label" VARCHAR(60) NOT NULL,
            "text" TEXT NOT NULL,
            "size" INT NOT NULL,
            "created_at" TIMESTAMP NOT NULL,
            "video_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_captions_ca_video_i_3247a0"
                UNIQUE ("video_id", "language"),
            CONSTRAINT "fk_captions_video_2f41a746"
                FOREIGN KEY ("video_id") REFERENCES "video" ("id") ON DELETE CASCADE
        )
        """,
    ],
    "postgres": [
        """
        CREATE TABLE "captions_caption" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "language" VARCHAR(12) NOT NULL,
            "label" VARCHAR(60) NOT NULL,
            "text" TEXT NOT NULL,
            "size" INT NOT NULL,
            "created_at" TIMESTAMPTZ NOT NULL,
            "video_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_captions_ca_video_i_3247a0"
                UNIQUE ("video_id", "language")
        )
        """,
        """
        ALTER TABLE "captions_caption"
            ADD CONSTRAINT "fk_captions_video_2f41a746"
            FOREIGN KEY ("video_id") REFERENCES "video" ("id") ON DELETE CASCADE
        """,
    ],
}

MODELS_STATE = (
    "eJzlUV1PgzAU/StNn0biw4aEJb4RdqdExxSYUUPS1FFIMwasFCMu/HeBkilm8Q/sqTf3fD"
    "Tn3CMuDymXDN+gI97SQvI8K8kwqGWeVvus7Gce9Y+si06Any3PvrO8yczU8BXCheB7KuoW"
    "kaJiTbtJaZZUNGHnVbqGFemdpWcZ5lQxJPuUI0IAL0GPlPxrbO64CtgKRiWLCP0jdFbgB9"
    "bqsSd98Ijl5J9QTceqMn6omCqg4hH51RIZHMi1bszptJNvXOdpA2gSntzDtpvwVEWIVaY4"
    "F4wnGdmxWlnHux9nJdVjY0bnhtnZLtceOLcuuofXsbeGPFiCB64NPhqAEHccha5dtIAHCA"
    "DZlm9bC2hDdf8XeSkTMcS6oMMHb5d9+uYb+5w0aw=="
)
