"""core 0006: growing sets.

Written from the models. Review the SQL and edit it freely until it is released; after that write a new migration.
"""

UPGRADE = {
    "sqlite": [
        """
        CREATE TABLE "attachment" (
            "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
            "plugin" VARCHAR(40) NOT NULL,
            "size" BIGINT NOT NULL,
            "video_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_attachment_video_i_9e0f3c"
                UNIQUE ("video_id", "plugin"),
            CONSTRAINT "fk_attachme_video_dfad6c7a"
                FOREIGN KEY ("video_id") REFERENCES "video" ("id") ON DELETE CASCADE
        )
        """,
        """
        CREATE TABLE "encoded_part" (
            "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
            "run" VARCHAR(16) NOT NULL,
            "name" VARCHAR(20) NOT NULL,
            "encoded" JSON NOT NULL,
            "sizes" JSON NOT NULL,
            "inits" JSON NOT NULL,
            "video_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_encoded_par_run_582243"
                UNIQUE ("run", "name"),
            CONSTRAINT "fk_encoded__video_dae03df6"
                FOREIGN KEY ("video_id") REFERENCES "video" ("id") ON DELETE CASCADE
        )
        """,
        'CREATE INDEX "idx_encoded_par_video_i_4d812f" ON "encoded_part" ("video_id")',
        """
        CREATE TABLE "worker" (
            "name" VARCHAR(80) NOT NULL PRIMARY KEY,
            "slots" INT NOT NULL,
            "started_at" TIMESTAMP NOT NULL,
            "seen_at" TIMESTAMP NOT NULL
        )
        """,
        """
        CREATE TABLE "new__job" (
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
            "notes" JSON NOT NULL,
            "error_code" VARCHAR(40),
            "error_detail" TEXT,
            "created_at" TIMESTAMP NOT NULL,
            "started_at" TIMESTAMP,
            "finished_at" TIMESTAMP
        )
        """,
        """
        INSERT INTO "new__job" (
            "id",
            "kind",
            "subject",
            "payload",
            "state",
            "run_at",
            "attempts",
            "fence",
            "lease_until",
            "worker",
            "progress",
            "notes",
            "error_code",
            "error_detail",
            "created_at",
            "started_at",
            "finished_at"
        )
        SELECT
            "id",
            "kind",
            "subject",
            "payload",
            "state",
            "run_at",
            "attempts",
            "fence",
            "lease_until",
            "worker",
            "progress",
            '{}',
            "error_code",
            "error_detail",
            "created_at",
            "started_at",
            "finished_at"
        FROM "job"
        """,
        'DROP TABLE "job"',
        'ALTER TABLE "new__job" RENAME TO "job"',
        'CREATE INDEX "idx_job_state_8dfc7d" ON "job" ("state", "run_at")',
        'CREATE INDEX "idx_job_subject_89d498" ON "job" ("subject", "created_at")',
        """
        CREATE TABLE "new__rendition" (
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
            "language" VARCHAR(35),
            "ended" INT NOT NULL,
            "rendition_set_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_rendition_renditi_d5c9fd"
                UNIQUE ("rendition_set_id", "name"),
            CONSTRAINT "fk_renditio_renditio_b25d6d02"
                FOREIGN KEY ("rendition_set_id") REFERENCES "rendition_set" ("id") ON DELETE CASCADE
        )
        """,
        """
        INSERT INTO "new__rendition" (
            "id",
            "name",
            "kind",
            "codecs",
            "peak_bandwidth",
            "average_bandwidth",
            "width",
            "height",
            "frame_rate",
            "init",
            "segments",
            "language",
            "ended",
            "rendition_set_id"
        )
        SELECT
            "id",
            "name",
            "kind",
            "codecs",
            "peak_bandwidth",
            "average_bandwidth",
            "width",
            "height",
            "frame_rate",
            "init",
            "segments",
            NULL,
            1,
            "rendition_set_id"
        FROM "rendition"
        """,
        """
        DELETE FROM sqlite_sequence WHERE name = 'new__rendition'
        """,
        """
        INSERT INTO sqlite_sequence (name, seq) SELECT 'new__rendition', seq FROM sqlite_sequence WHERE name = 'rendition'
        """,
        'DROP TABLE "rendition"',
        'ALTER TABLE "new__rendition" RENAME TO "rendition"',
        """
        CREATE TABLE "new__rendition_set" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "storage" VARCHAR(40) NOT NULL,
            "prefix" VARCHAR(200) NOT NULL,
            "upload_id" VARCHAR(26),
            "plan" JSON,
            "complete" INT NOT NULL,
            "growing" INT NOT NULL,
            "chunks" INT NOT NULL,
            "whole_segments" INT NOT NULL,
            "segments" INT NOT NULL,
            "target_duration" INT NOT NULL,
            "duration" REAL NOT NULL,
            "poster" VARCHAR(80),
            "posters" JSON NOT NULL,
            "storyboard" JSON,
            "size" BIGINT NOT NULL,
            "moved_from" VARCHAR(40),
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
            "upload_id",
            "plan",
            "complete",
            "growing",
            "chunks",
            "whole_segments",
            "segments",
            "target_duration",
            "duration",
            "poster",
            "posters",
            "storyboard",
            "size",
            "moved_from",
            "created_at",
            "video_id"
        )
        SELECT
            "id",
            "storage",
            "prefix",
            NULL,
            NULL,
            "complete",
            0,
            0,
            0,
            0,
            0,
            "duration",
            "poster",
            '[]',
            NULL,
            "size",
            "moved_from",
            "created_at",
            "video_id"
        FROM "rendition_set"
        """,
        'DROP TABLE "rendition_set"',
        'ALTER TABLE "new__rendition_set" RENAME TO "rendition_set"',
        'CREATE INDEX "idx_rendition_s_video_i_f8ff85" ON "rendition_set" ("video_id")',
    ],
    "postgres": [
        """
        CREATE TABLE "attachment" (
            "id" SERIAL NOT NULL PRIMARY KEY,
            "plugin" VARCHAR(40) NOT NULL,
            "size" BIGINT NOT NULL,
            "video_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_attachment_video_i_9e0f3c"
                UNIQUE ("video_id", "plugin")
        )
        """,
        """
        CREATE TABLE "encoded_part" (
            "id" SERIAL NOT NULL PRIMARY KEY,
            "run" VARCHAR(16) NOT NULL,
            "name" VARCHAR(20) NOT NULL,
            "encoded" JSONB NOT NULL,
            "sizes" JSONB NOT NULL,
            "inits" JSONB NOT NULL,
            "video_id" VARCHAR(16) NOT NULL,
            CONSTRAINT "uid_encoded_par_run_582243"
                UNIQUE ("run", "name")
        )
        """,
        """
        CREATE TABLE "worker" (
            "name" VARCHAR(80) NOT NULL PRIMARY KEY,
            "slots" INT NOT NULL,
            "started_at" TIMESTAMPTZ NOT NULL,
            "seen_at" TIMESTAMPTZ NOT NULL
        )
        """,
        """
        ALTER TABLE "job" ADD COLUMN "notes" JSONB NOT NULL DEFAULT '{}'
        """,
        'ALTER TABLE "job" ALTER COLUMN "notes" DROP DEFAULT',
        'ALTER TABLE "rendition" ADD COLUMN "language" VARCHAR(35)',
        'ALTER TABLE "rendition" ADD COLUMN "ended" BOOL NOT NULL DEFAULT TRUE',
        'ALTER TABLE "rendition" ALTER COLUMN "ended" DROP DEFAULT',
        'ALTER TABLE "rendition_set" ADD COLUMN "upload_id" VARCHAR(26)',
        'ALTER TABLE "rendition_set" ADD COLUMN "plan" JSONB',
        'ALTER TABLE "rendition_set" ADD COLUMN "growing" BOOL NOT NULL DEFAULT FALSE',
        'ALTER TABLE "rendition_set" ALTER COLUMN "growing" DROP DEFAULT',
        'ALTER TABLE "rendition_set" ADD COLUMN "chunks" INT NOT NULL DEFAULT 0',
        'ALTER TABLE "rendition_set" ALTER COLUMN "chunks" DROP DEFAULT',
        'ALTER TABLE "rendition_set" ADD COLUMN "whole_segments" INT NOT NULL DEFAULT 0',
        'ALTER TABLE "rendition_set" ALTER COLUMN "whole_segments" DROP DEFAULT',
        'ALTER TABLE "rendition_set" ADD COLUMN "segments" INT NOT NULL DEFAULT 0',
        'ALTER TABLE "rendition_set" ALTER COLUMN "segments" DROP DEFAULT',
        'ALTER TABLE "rendition_set" ADD COLUMN "target_duration" INT NOT NULL DEFAULT 0',
        'ALTER TABLE "rendition_set" ALTER COLUMN "target_duration" DROP DEFAULT',
        """
        ALTER TABLE "rendition_set" ADD COLUMN "posters" JSONB NOT NULL DEFAULT '[]'
        """,
        'ALTER TABLE "rendition_set" ALTER COLUMN "posters" DROP DEFAULT',
        'ALTER TABLE "rendition_set" ADD COLUMN "storyboard" JSONB',
        """
        ALTER TABLE "attachment"
            ADD CONSTRAINT "fk_attachme_video_dfad6c7a"
            FOREIGN KEY ("video_id") REFERENCES "video" ("id") ON DELETE CASCADE
        """,
        """
        ALTER TABLE "encoded_part"
            ADD CONSTRAINT "fk_encoded__video_dae03df6"
            FOREIGN KEY ("video_id") REFERENCES "video" ("id") ON DELETE CASCADE
        """,
        'CREATE INDEX "idx_encoded_par_video_i_4d812f" ON "encoded_part" ("video_id")',
    ],
}

MODELS_STATE = (
    "eJztWm2PmzgQ/itRPrVSP7Dk/b4lu7SXu23Sy2ZP7WklRLBJaAhwvHR3r+p/PxvbBMIYSD"
    "bbrloqVU3x2GN7nplnGOZrO/zXsSPc/q31tW1EkWFudtiNkv+anhPv3DD5baPkn+jRp6Lt"
    "6WypvdMWrQ+L6fvx4lPrT+1Ta3y7nE9nlwvtvTZbtmZz8vf2+rr9ptX2A3tnBI9kYhTEmD"
    "xYYxcHRoQRf/SNCjnx2nZzWv4eLy5/Hy9edZXXbSoS2v/hnMBk+o7sJBn7YiPs6QfbFAtc"
    "9MkCVCp27X9jzI4U20jfn1jnC+gjrFgdk86+nU3/utVar+7Sxe/Iae74Tu/abFOWF2B77e"
    "pb/MjWtbbpsnxRZBmobw4Muujb+UKbvpslN5Zb+XVrob3VFtrsUrtp8YG7NpVho/NZ60q7"
    "1pZa63J8czm+0tiJsGt6CCPdN4IfYbUghk2W3DgZd40dBgVUblO+/5zMHzfzWWrwEB6yXT"
    "uSDJ0GhcxF6uRUem+oqt1OHgfkOYMAPVYZAMRiAgAGVjrI6p8bAMk9IPyAhbkfcscQkO6i"
    "4YVqUeXEzmOywHR2pX1s3VVMIMqJzrscxNiGMptml/nZW1WBL2uAArroGltyFHBGX7h/vP"
    "qMzahsVTd2nGxMMR4dz5CBKzIiGJsCvBQGRl7fcvpeu1mO339IBIif451/gEMRkSxybxgc"
    "cbARYj12I9uRLF48yr0XbHEAbneogGcPvHWAw/zeiPmvmV96kcyzcBB4gU5NLg3GRW1sEs"
    "KRcXgm7eMSkDcDTCNJ+fUSCwWlQsV1LRIXws0RcyAfImjWE3ToQ2SZAyTxnEMx4S/kOXOT"
    "ZJAFDAYl6i9Un5jMAK0PR6g7GpZpyQkW9bBhpml/s6l3BthFdmR77g8gCCkBCFKXuv2QjV"
    "MgmiEo0e8yER8bW31luOjeRtEGdDnjC9nZGldIwSNFlG1IwN9ENQStgBxfDw4DTeKGRWnK"
    "aVIPTxwCr2muInFcx3DXMTkkuESnB7qte8i94ipSzOghjo4m0/1s/ktHPXNkoQM6PdBRj1"
    "vFrP2PldpDfaSoAL0WVRzQbE6gRr6Vk38y54WRF8gsJhzED7BlP0iSKC4T+5TnZGZSYXIk"
    "eCkCCQjV3s538AGCBUzWgXdvu2twzNzE7hbmxvuN52AdhLMQKR0kxLAm9kQxcS0R1w5lwM"
    "GUAH0vjI7j02SCxPWoHR9XnhEAuUZxqbL3mJ33hQRvK/B2R7BvLTY9LS3O4F1nSNQ7RmfU"
    "7+ddmQ3Vclu2D0Xtdvt9lmA/c0qcPYLIcK2hZQ17EsqVTxDUC0SNQk4ckuQL4lxkr3EIx3"
    "lKaGCcqJcuYVyRr+IH3yY5YblQHOKgEiaQhfmB9WSBLu6MRsgcAvblCgrmpc+Pt67QKs42"
    "VDtmfyCxLCwsrMpH2R72d5XJ2nJHJN6hdhBamRXK8sKgsv2VcOwwXiBZuP/4ZJIxQkFVED"
    "Gck4aqX6lI3EeSsAuHtlPelbYY+6VT6rkUFA4zhkl/q6OBauB8PORjvGCUC44FAGeWTEyl"
    "GyNr1JcFJ5l4iqsMdBi4EqkUWixVqAsqVZ65VJm6DqhI+KhCFDtNRYLT63HisUlaIa857c"
    "XcNQ7IoVyJXwj1pudGtDjIBYDDKjVqk7RwohcE9mkSNrdhDPM9nIs8X5JQiyG8e7eCIk5O"
    "N7idCS70jtW5wIO8W5HnZTkGn51E085I7WFrMAAISOz/BAaiilM97IjdoTpSFNz9DpkM18"
    "v3ryvmSkEyqgNlRZBgg2wD+9t400prFinj8WVYnePCGljsNUuuMCsJqcsURUCKzd2tTRj6"
    "wmLJplxlXhZSWkjOqKWfTKwbw0WO5HWbhwVkh+Q961Eek3qiDr47rJzto1YXfHWnE3RpAI"
    "UnBZ5kv2nQjkM/KQocU3TDvmfCBRVuIGTkd3lFDAmsw6RDfYXXMfxOdxppJ/GAGUtXB8aF"
    "YuWjChviGEwn8AvWh4OeeqHkZ6SXnwIqQdiTERXZkcxA4oMJwqEZ2H7hzTYptLKdhPbKdu"
    "wIRoawtGO7Wzl8uBDF7sowt7rcxLXLCHXox49XznH1W+qGNkJlbz7SGWRHoQd/v+opIIci"
    "TCshR+0udpF3ZP5qxkFAs46KyltxYjUxy5iTBcgE94ql9pDaReclTojOmFKOV32kdDnfA5"
    "EeEhWBPkOme+zzzDuDJ/aEcQDnGraqoMiBiXs9GdVAosAG8mSarcVLlAtbrxBW2RdiqfK8"
    "KKA8j5s0NGU+HWVjk5SSeM4J5PyOJyvWVX2pqVGf+PZNlNnod6tEqn5Dwo22mI6v088T2S"
    "8YTQfCy+lAOIeZnq3lYFLSczApaTqYNF0HTddBNo5Iug4mZ2g7WP7zrI0HZPniec7TenA1"
    "v51ca8TjtcvpzZR/N4HbECYvpw+B33cVv4H3VtmLUJwF+dYv241wDrJo2g+A9oOCKxZnnt"
    "6KMDlfL8JkPr9umhF+3WaESd1uhBQoUDtCOvgS+xFAVjxbb4LIOKTNCdANf/fuBM6xTX/C"
    "z9ufINKosgoAl6n6AsXFmi6FpkvhRH76EV0K4AtCVZ8Ch3od54JCY9Or0PQq5A778/QqHM"
    "cVTb9C06/Q9Cv8ov0KIPO+nI4FGXk3PQuAtZ+1ZwGsNtTjoeq2BRCFFY0LZXPO37oAaqtq"
    "XgAnNe0LTfvCz9W+ULd8Qf/8D9D2BpI="
)
