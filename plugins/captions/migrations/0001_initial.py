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
    "eJzlUd1OgzAUfpWmVyPxYkPCEu8IO1OiYwpsUUPS1FFIMwasFCNZ9u5SSqYziw+gVz0530"
    "/Pd84B1/ucS4Zv0AFvaCV5WdRkKHSzzJtdUfc1T/pHtpUS4LUTuHdOMJrYBr5CuBJ8R0Xb"
    "IVI07Nh1clpkDc3YZZVpYE16Y/lFhj3WDMk+5BkhgueoRzaCUckSQn/g3gLCyFk89qR3nr"
    "CS/DL7UbGagu8bpnM2PCHflkEGB3JtWlM6VvKV7z2tAI3ik3vcrSA+JY6xHj0tBeNZQbas"
    "1dbp9stZS83UmtCpZSvb+TIA79ZH9/By7m2gAOYQgO9CiAYgxoqj0aWPZvAAESDXCV1nBl"
    "0o9X9V1jITQ6y/d9/o9X9f+PgJTf0mEw=="
)
