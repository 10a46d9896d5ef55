"""core 0001: initial.

Written from the models. Review the SQL and edit it freely until it is released; after that write a new migration.
"""

UPGRADE = {
    "sqlite": [
        """
        CREATE TABLE "job" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "kind" VARCHAR(60) NOT NULL,
            "subject" VARCHAR(16),
            "payload" JSON NOT NULL,
            "state" VARCHAR(16) NOT NULL,
            "run_at" TIMESTAMP NOT NULL,
            "attempts" INT NOT NULL,
            "fence" INT NOT NULL,
            "lease_until" TIMESTAMP,
            "worker" VARCHAR(80),
            "progress" REAL NOT NULL,
            "error_code" VARCHAR(40),
            "error_detail" TEXT,
            "created_at" TIMESTAMP NOT NULL,
            "started_at" TIMESTAMP,
            "finished_at" TIMESTAMP
        )
        """,
        'CREATE INDEX "idx_job_state_8dfc7d" ON "job" ("state", "run_at")',
        'CREATE INDEX "idx_job_subject_89d498" ON "job" ("subject", "created_at")',
        """
        CREATE TABLE "rendition" (
            "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
            "name" VARCHAR(40) NOT NULL,
            "kind" VARCHAR(8) NOT NULL,
            "codecs" VARCHAR(64) NOT NULL,
            "peak_bandwidth" INT NOT NULL,
            "average_bandwidth" INT NOT NULL,
            "width" INT,
            "height" INT,
            "frame_rate" REAL,
            "init" VARCHAR(80) NOT NULL,
            "segments" JSON NOT NULL,
            "rendition_set_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_rendition_renditi_d5c9fd"
                UNIQUE ("rendition_set_id", "name"),
            CONSTRAINT "fk_renditio_renditio_b25d6d02"
                FOREIGN KEY ("rendition_set_id") REFERENCES "rendition_set" ("id") ON DELETE CASCADE
        )
        """,
        """
        CREATE TABLE "rendition_set" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "storage" VARCHAR(40) NOT NULL,
            "prefix" VARCHAR(200) NOT NULL,
            "complete" INT NOT NULL,
            "duration" REAL NOT NULL,
            "poster" VARCHAR(80),
            "created_at" TIMESTAMP NOT NULL,
            "video_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_rendition_s_prefix_3a3966"
                UNIQUE ("prefix"),
            CONSTRAINT "fk_renditio_video_02446643"
                FOREIGN KEY ("video_id") REFERENCES "video" ("id") ON DELETE CASCADE
        )
        """,
        'CREATE INDEX "idx_rendition_s_video_i_f8ff85" ON "rendition_set" ("video_id")',
        """
        CREATE TABLE "session" (
            "digest" VARCHAR(64) NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMP NOT NULL,
            "seen_at" TIMESTAMP NOT NULL,
            "expires_at" TIMESTAMP NOT NULL,
            "user_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "fk_session_user_4e399dc8"
                FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE
        )
        """,
        'CREATE INDEX "idx_session_expires_823c67" ON "session" ("expires_at")',
        'CREATE INDEX "idx_session_user_id_23ddbc" ON "session" ("user_id")',
        """
        CREATE TABLE "upload" (
            "id" VARCHAR(26) NOT NULL PRIMARY KEY,
            "state" VARCHAR(16) NOT NULL,
            "storage" VARCHAR(40) NOT NULL,
            "key" VARCHAR(200) NOT NULL,
            "storage_upload_id" VARCHAR(255) NOT NULL,
            "file_name" VARCHAR(255) NOT NULL,
            "fingerprint" VARCHAR(200) NOT NULL,
            "content_type" VARCHAR(100) NOT NULL,
            "size" BIGINT NOT NULL,
            "part_size" INT NOT NULL,
            "created_at" TIMESTAMP NOT NULL,
            "expires_at" TIMESTAMP NOT NULL,
            "owner_id" VARCHAR(16) NOT NULL,
            "video_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_upload_key_3f31e7"
                UNIQUE ("key"),
            CONSTRAINT "fk_upload_user_3925ef77"
                FOREIGN KEY ("owner_id") REFERENCES "user" ("id") ON DELETE CASCADE,
            CONSTRAINT "fk_upload_video_482900e4"
                FOREIGN KEY ("video_id") REFERENCES "video" ("id") ON DELETE CASCADE
        )
        """,
        'CREATE INDEX "idx_upload_owner_i_0cb0d7" ON "upload" ("owner_id", "state")',
        'CREATE INDEX "idx_upload_state_1f7f02" ON "upload" ("state", "expires_at")',
        'CREATE INDEX "idx_upload_video_i_821f66" ON "upload" ("video_id")',
        """
        CREATE TABLE "user" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "handle" VARCHAR(30) NOT NULL,
            "display_name" VARCHAR(50) NOT NULL,
            "email" VARCHAR(254),
            "email_key" VARCHAR(254),
            "role" VARCHAR(16) NOT NULL,
            "suspended_at" TIMESTAMP,
            "epoch" INT NOT NULL,
            "created_at" TIMESTAMP NOT NULL,
            CONSTRAINT "uid_user_handle_27a10f"
                UNIQUE ("handle"),
            CONSTRAINT "uid_user_email_k_875210"
                UNIQUE ("email_key")
        )
        """,
        """
        CREATE TABLE "video" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "title" VARCHAR(120) NOT NULL,
            "description" TEXT NOT NULL,
            "visibility" VARCHAR(16) NOT NULL,
            "link_key" VARCHAR(26) NOT NULL,
            "playback_epoch" INT NOT NULL,
            "plan" JSON,
            "created_at" TIMESTAMP NOT NULL,
            "published_at" TIMESTAMP,
            "hidden_at" TIMESTAMP,
            "hidden_reason" VARCHAR(500),
            "deleted_at" TIMESTAMP,
            "current_set_id" VARCHAR(16),
            "owner_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "fk_video_user_0f25d24d"
                FOREIGN KEY ("owner_id") REFERENCES "user" ("id") ON DELETE CASCADE
        )
        """,
        'CREATE INDEX "idx_video_visibil_9041e7" ON "video" ("visibility", "published_at", "id")',
        'CREATE INDEX "idx_video_owner_i_7ce556" ON "video" ("owner_id", "created_at", "id")',
        'CREATE INDEX "idx_video_current_bde27a" ON "video" ("current_set_id")',
    ],
    "postgres": [
        """
        CREATE TABLE "job" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "kind" VARCHAR(60) NOT NULL,
            "subject" VARCHAR(16),
            "payload" JSONB NOT NULL,
            "state" VARCHAR(16) NOT NULL,
            "run_at" TIMESTAMPTZ NOT NULL,
            "attempts" INT NOT NULL,
            "fence" INT NOT NULL,
            "lease_until" TIMESTAMPTZ,
            "worker" VARCHAR(80),
            "progress" DOUBLE PRECISION NOT NULL,
            "error_code" VARCHAR(40),
            "error_detail" TEXT,
            "created_at" TIMESTAMPTZ NOT NULL,
            "started_at" TIMESTAMPTZ,
            "finished_at" TIMESTAMPTZ
        )
        """,
        """
        CREATE TABLE "rendition" (
            "id" SERIAL NOT NULL PRIMARY KEY,
            "name" VARCHAR(40) NOT NULL,
            "kind" VARCHAR(8) NOT NULL,
            "codecs" VARCHAR(64) NOT NULL,
            "peak_bandwidth" INT NOT NULL,
            "average_bandwidth" INT NOT NULL,
            "width" INT,
            "height" INT,
            "frame_rate" DOUBLE PRECISION,
            "init" VARCHAR(80) NOT NULL,
            "segments" JSONB NOT NULL,
            "rendition_set_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_rendition_renditi_d5c9fd"
                UNIQUE ("rendition_set_id", "name")
        )
        """,
        """
        CREATE TABLE "rendition_set" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "storage" VARCHAR(40) NOT NULL,
            "prefix" VARCHAR(200) NOT NULL,
            "complete" BOOL NOT NULL,
            "duration" DOUBLE PRECISION NOT NULL,
            "poster" VARCHAR(80),
            "created_at" TIMESTAMPTZ NOT NULL,
            "video_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_rendition_s_prefix_3a3966"
                UNIQUE ("prefix")
        )
        """,
        """
        CREATE TABLE "session" (
            "digest" VARCHAR(64) NOT NULL PRIMARY KEY,
            "created_at" TIMESTAMPTZ NOT NULL,
            "seen_at" TIMESTAMPTZ NOT NULL,
            "expires_at" TIMESTAMPTZ NOT NULL,
            "user_id" VARCHAR(16) NOT NULL
        )
        """,
        """
        CREATE TABLE "upload" (
            "id" VARCHAR(26) NOT NULL PRIMARY KEY,
            "state" VARCHAR(16) NOT NULL,
            "storage" VARCHAR(40) NOT NULL,
            "key" VARCHAR(200) NOT NULL,
            "storage_upload_id" VARCHAR(255) NOT NULL,
            "file_name" VARCHAR(255) NOT NULL,
            "fingerprint" VARCHAR(200) NOT NULL,
            "content_type" VARCHAR(100) NOT NULL,
            "size" BIGINT NOT NULL,
            "part_size" INT NOT NULL,
            "created_at" TIMESTAMPTZ NOT NULL,
            "expires_at" TIMESTAMPTZ NOT NULL,
            "owner_id" VARCHAR(16) NOT NULL,
            "video_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_upload_key_3f31e7"
                UNIQUE ("key")
        )
        """,
        """
        CREATE TABLE "user" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "handle" VARCHAR(30) NOT NULL,
            "display_name" VARCHAR(50) NOT NULL,
            "email" VARCHAR(254),
            "email_key" VARCHAR(254),
            "role" VARCHAR(16) NOT NULL,
            "suspended_at" TIMESTAMPTZ,
            "epoch" INT NOT NULL,
            "created_at" TIMESTAMPTZ NOT NULL,
            CONSTRAINT "uid_user_handle_27a10f"
                UNIQUE ("handle"),
            CONSTRAINT "uid_user_email_k_875210"
                UNIQUE ("email_key")
        )
        """,
        """
        CREATE TABLE "video" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "title" VARCHAR(120) NOT NULL,
            "description" TEXT NOT NULL,
            "visibility" VARCHAR(16) NOT NULL,
            "link_key" VARCHAR(26) NOT NULL,
            "playback_epoch" INT NOT NULL,
            "plan" JSONB,
            "created_at" TIMESTAMPTZ NOT NULL,
            "published_at" TIMESTAMPTZ,
            "hidden_at" TIMESTAMPTZ,
            "hidden_reason" VARCHAR(500),
            "deleted_at" TIMESTAMPTZ,
            "current_set_id" VARCHAR(16),
            "owner_id" VARCHAR(16) NOT NULL
        )
        """,
        'CREATE INDEX "idx_job_state_8dfc7d" ON "job" ("state", "run_at")',
        'CREATE INDEX "idx_job_subject_89d498" ON "job" ("subject", "created_at")',
        """
        ALTER TABLE "rendition"
            ADD CONSTRAINT "fk_renditio_renditio_b25d6d02"
            FOREIGN KEY ("rendition_set_id") REFERENCES "rendition_set" ("id") ON DELETE CASCADE
        """,
        """
        ALTER TABLE "rendition_set"
            ADD CONSTRAINT "fk_renditio_video_02446643"
            FOREIGN KEY ("video_id") REFERENCES "video" ("id") ON DELETE CASCADE
        """,
        'CREATE INDEX "idx_rendition_s_video_i_f8ff85" ON "rendition_set" ("video_id")',
        """
        ALTER TABLE "session"
            ADD CONSTRAINT "fk_session_user_4e399dc8"
            FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE
        """,
        'CREATE INDEX "idx_session_expires_823c67" ON "session" ("expires_at")',
        'CREATE INDEX "idx_session_user_id_23ddbc" ON "session" ("user_id")',
        """
        ALTER TABLE "upload"
            ADD CONSTRAINT "fk_upload_user_3925ef77"
            FOREIGN KEY ("owner_id") REFERENCES "user" ("id") ON DELETE CASCADE
        """,
        """
        ALTER TABLE "upload"
            ADD CONSTRAINT "fk_upload_video_482900e4"
            FOREIGN KEY ("video_id") REFERENCES "video" ("id") ON DELETE CASCADE
        """,
        'CREATE INDEX "idx_upload_owner_i_0cb0d7" ON "upload" ("owner_id", "state")',
        'CREATE INDEX "idx_upload_state_1f7f02" ON "upload" ("state", "expires_at")',
        'CREATE INDEX "idx_upload_video_i_821f66" ON "upload" ("video_id")',
        """
        ALTER TABLE "video"
            ADD CONSTRAINT "fk_video_user_0f25d24d"
            FOREIGN KEY ("owner_id") REFERENCES "user" ("id") ON DELETE CASCADE
        """,
        'CREATE INDEX "idx_video_visibil_9041e7" ON "video" ("visibility", "published_at", "id")',
        'CREATE INDEX "idx_video_owner_i_7ce556" ON "video" ("owner_id", "created_at", "id")',
        'CREATE INDEX "idx_video_current_bde27a" ON "video" ("current_set_id")',
    ],
}

MODELS_STATE = (
    "eJztWN9v2zYQ/lcMPzXAHhT5996cRO28OXZqO0M7BCBkkXJYy5JKSU2yov/7SJGSJesk2U"
    "k6dJ0eghjikXc8fvcd+X1tB58dGpL2r62v7U/eOv5veU60c4P4N8Xxv/DJFzbtP8eLy9/G"
    "izfn/bP2L622z+jOZE98JGQR+ca/bKkLz+hrZ21hEETrT8QKq1Z1I8fJLOmbT45n5lf9fT"
    "mfyeVCU0UPLSYsWOQiM+9vNbk2lqvx9U1sYIYh2flhkDOZzFbxoE1ci4AjDjEDgiI3pE7J"
    "4sWtPHhsSxgY7lAD9868DSNBPraFMZ7GIRDGPIYsD8MZ6IJLykmYhOZh4MaHFWBvMcJTjK"
    "tzyI+BVRoV17WpS4P7E+aISRxd5JEk0HxEHLIohgAaYtsaCJC0L3l+VkZrMrsyPrTuQLO7"
    "dms+42P8O//55k7C6I57vFN4uWvHuUsnS9Si4Qh3R8MqLznDoh85LD3tMyu8xftjxMU0pJ"
    "5bV4gchcY7Y9G6WUyux4uPrT+Mj63x7Wo+mfHAro3ZqjWb87/b6bRYp/zDhriECeeZA3HN"
    "XTmOKmt7KMcFEK0AtOh3pYlPzC1amy5+oDi8B+vK/MIj25AaK3ikiLJ7Qjf34RGGNuPbR+"
    "yQTeJaK1pz7MIUNkxojmx2xD0glZS10mNGAQlRBcfGoIhc+jlSoI8oRvvZ6hfCPWtkx+C/"
    "nU3e3xoCaoc+JObEIcdoE1v2GM+Oi7bkSS5ub9O19z/Weg/3saaL1d/OF8bk3SxGG+jirL"
    "Uw3hoLY3ZpLFsHBrICpBWviitjavACuhwvL8dXxgH8hf2Le1EQegJJlZj2GbHpI2iia1qC"
    "653vkBBuAzjimEkKtsDQvheEJxH+UWz7hWLivQA2AZLbRh2zM+r387iRQ0dhRMah6d1uv9"
    "/tAABJAi0AIx6oAQRA99ktqLWRPbTtYa+EkssnJNQMQDQTtcxkwDswxMmYbkgA84AgPBCU"
    "x7VTQmouLeTRp/xiUG0UBYTVwgQ6YbVhFC/QJZ3RCFtD4HyVg8Lxiu+nn27iNdnbUO9Y/U"
    "HJycLGyamqURnDPleZrp7bIq8OvYPx2qpxljcGne1ToqrQTy+vR3CZXs5ldffcY9iOn3E1"
    "1alFkIy6DDt6r6fYgToEld4bMmbuhjC+KRculgzTuiHvmkgZAJtNA6V/5y0uJu8SSvb5XR"
    "QVDJLRowrwqPLyHtya+no2V6v88/NCHbtzTgZ5jubfqwhazY6h2BnpPWIPBkD1JvE/o3yF"
    "49SP3GJ3qI80jXT/hTag/Kr4kWatNVzGE6BtUrlyUAawz4a4J6kHQUoXahn5iDi3B7a8EJ"
    "U7zFpC7jIvDpCfcrmlnN7Obdmpy13mbSGnhc4mTvrF96x7flN34HrtqHLFNPAd86mcK3rK"
    "kOwOn6V7NumCz1kxAZUSGzyJeSXxpmQaBT6/GJz2oiW+Z8GvlXrOAUlA1K9MLtIH5rlm51"
    "lADinMpBNUQtBw0NPPtfyMNFkpAGJEvBgBIQ3LEqonCCCBxahfuCrHqoOMJKBr6tAQPsnk"
    "ZBzqbsuPWxkJrK1Na4vKj4Sb5AOJH2fPvJD70do5TcwQZUMxrrrmlc7gEQUHWdyXEfiqwE"
    "S8X06KzooYE6245oFanFjfFcvalmSnGMSazV+dehe/bteCeol0qsCHRlpXNVuAZiHThGUz"
    "nWwPZEnvWXDIL5KAFdHLVZP+NLBIr1fG85ApEEC+k2VVphLnyVmvMeE8U+k8bwo4z+NG8k"
    "zyEhZSZvs/qDRfvILUvPrru4rNfPnvJTdfzW8vpkbrZmFcTpYTpWD9ENKzymmd+AzmplZ+"
    "Ls5qBOhMnpbGYjKepipzVohuFOeXKM6FcntN9fmikZ9/Dvn5Yj6fluvPIGW/uhat6LdRo3"
    "9eNTrpsFV6tLKpk8yUWaNJN5p0o0mfqA+dVmKNLt3o0o0u/T/VpcHH7vOVaUEpjTb9I2jT"
    "F8+/odfL0yBqagTqqjmvL1GD3hqRuhGpX02k/vYPtpvSQQ=="
)
