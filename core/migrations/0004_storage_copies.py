"""core 0004: storage copies.

Written from the models. Review the SQL and edit it freely until it is released; after that write a new migration.
"""

UPGRADE = {
    "sqlite": [
        """
        CREATE TABLE "storage_copy" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "asset" VARCHAR(26) NOT NULL,
            "storage" VARCHAR(40) NOT NULL,
            "prefix" VARCHAR(200) NOT NULL,
            "state" VARCHAR(16) NOT NULL,
            "holder" VARCHAR(40),
            "lease_until" TIMESTAMP,
            "keep_until" TIMESTAMP NOT NULL,
            "created_at" TIMESTAMP NOT NULL,
            CONSTRAINT "uid_storage_cop_storage_2972ae"
                UNIQUE ("storage", "prefix")
        )
        """,
        'CREATE INDEX "idx_storage_cop_asset_a9f965" ON "storage_copy" ("asset")',
        'ALTER TABLE "rendition_set" ADD COLUMN "moved_from" VARCHAR(40)',
        'ALTER TABLE "upload" ADD COLUMN "moved_from" VARCHAR(40)',
    ],
    "postgres": [
        """
        CREATE TABLE "storage_copy" (
            "id" VARCHAR(16) NOT NULL PRIMARY KEY,
            "asset" VARCHAR(26) NOT NULL,
            "storage" VARCHAR(40) NOT NULL,
            "prefix" VARCHAR(200) NOT NULL,
            "state" VARCHAR(16) NOT NULL,
            "holder" VARCHAR(40),
            "lease_until" TIMESTAMPTZ,
            "keep_until" TIMESTAMPTZ NOT NULL,
            "created_at" TIMESTAMPTZ NOT NULL,
            CONSTRAINT "uid_storage_cop_storage_2972ae"
                UNIQUE ("storage", "prefix")
        )
        """,
        'ALTER TABLE "rendition_set" ADD COLUMN "moved_from" VARCHAR(40)',
        'ALTER TABLE "upload" ADD COLUMN "moved_from" VARCHAR(40)',
        'CREATE INDEX "idx_storage_cop_asset_a9f965" ON "storage_copy" ("asset")',
    ],
}

MODELS_STATE = (
    "eJztWV1zmzgU/SseP7UzfSD4e9+chHa969hdx9lpdzKjwUjYqjGwAtpkO/3vK5DAYK7Adt"
    "JOP3jIxIOudK90j86VdD63g38dGpL2b63P7Q/eKvlveU60c4PkN8XJv/DRj23af48XV7+P"
    "Fy8u+i/br1ptn9GdyR55S8gi8oV/2VIX7tHXXrZjgyBafSBWWDWqGzlObkjffHQ8szjqH7"
    "fzmRguNGX00GCxBYtcZBb9LSc3xu1yfPM2MTDDkOz8MCiYTGbLpNEmrkXAFoeYAUGRG1JH"
    "MXh5Kp88tiUMDHeogXNn3pqRoBjbwhhPkxAIYx5DlofhFeiCQ4pOmITmYeDGuyVgbzHClx"
    "hXryFPA6s0Ko9rU5cGmxP6xJ04usgDSaH5gDhkUQIBNMS2NYhB0r7i67M0WpPZtfGudQ+a"
    "3bdb8xlv49/5zxf3Akb33OO9xMt9O1m7rLNALRqOcHc0rPJSMCz7Ec3C035lY2/J/BhxMQ"
    "2p59ZtRI5C442xaL1dTG7Gi/etP433rfHdcj6Z8cBujNmyNZvzv7vptLxP+Yc1cQmLnecS"
    "4po7NY4q9/ZQtMdAtALQot8VJj4xt2hluvgTxeEG3FfmRx7ZmtRYwS1llG0IXW/CIwxtxq"
    "eP2CGbJHutbM2xC1PYMKU5st4R94BUMtbK0owCEqIKjk1AEbn030iCPqIY7XvLXwj3rJGd"
    "gP9uNvnrzoihduhDYC5OcoK2eMoe46vjoi15FIPb22zs/Y+V3sN9rOnx6K/nC2PyZpagDX"
    "TxsrUwXhsLY3Zl3LYODMQOEFZ8V1wbU4NvoKvx7dX42jiAf2z/5FoUhF6MpEpM+4zY9AE0"
    "0TUtxfXOd0gIlwEcccykG7bE0L4XhCcRfkD/K/q5nLxJXe28j5wtbObtTqD7o+j7I8XEew"
    "IOAyTWEXXMzqjfLwJRNB0FOhGHpne7/X63AyAuDbSEtKShBmFA/chPQY6N7KFtD3sKjld3"
    "SLkewHwuarGSAS/pEMljuiYBTCwxg4IoP64+E1JzCiIPPuUnjWqjKCCsFiZQhuWEUTJAl3"
    "RGI2wNgfxKB6X0xt9Pz27qNZ3bUO9Y/YEis7BxmlXZKmLYr1XumFCYIt8degfjlVXjrGgM"
    "OtsvicSOYDV+7PMfn0yRZpASbYn95PH5uUi0/qC+8Rys4EqY2s45gW8J8Su7HLelIDrMJS"
    "b7rY8GukmKfCjbRD0ukmMJwLkhk1Qhc2SP+ipyUplnuMpBR4ArscqgFfnZResIUOnquluX"
    "6mNAxemjDlFiNiJqFS3pvZ4sPNQhSHnGzZm5a8L4pFzFvtifCtyQn/CQNAAmmwVaUdN9fm"
    "9CJYO01doQaxtEcL2HDxBf75BwVIXwPrk1JeLs44bMM8cF6tidCzIobiv+veqMIXsnbNoZ"
    "6T1iDwZAAUrjP6MCxY4zP2KK3aE+0jTS/QYnGelXxo80a6VhVakDbVOSEI0igP1qvGpll+"
    "Ss4slhxMX6wh7Y4pKgdpi3hNzlbuFgiS2sLeUV+sIWh021y6It5LR0OIsz/eTCuuG3Vwfm"
    "hY6kBUwD3zEf1ZzUk4Zkd/hUs2etLvjEE3dASgKFOzFPEW9G2lHg87Ptaa88xPcs+AYvE4"
    "TNYpTXPJHAOMI6QCuyjlxwvPOKdsIHIllIH5gXml1kFdEkMZh1kAuMhoOefqEVe2SLnwEq"
    "QdiTERXSUJUgPUUUCSxG/dJ1NHnZE5EEdEUdGsLISDPtUHerho80irG7Mq0tUqeYmxQDSR"
    "5Aziw/frRyTnswjLchxbjq5qPswSMKDlZxvy3BGopJ/EZwUnRWxFh8hKh5BCp3rK+yqjIo"
    "2C4BsWbrPax38fNWQag2CacSfGikdWXxBmgbMk1ZO1cZ90CWx+gcOMQXQeiycIhR03o3sE"
    "ivp6obkCkQQLEy5l9yFc7TXK8w4TxT6bxoCjgv4kbwTPraFMsF7R9Qzbl8Bjln+c9XFXT4"
    "8OX5PI+kcz2/u5warbcL42pyO5GvxN+FvCPXtE7gAdemVuIp92pEntw63RqLyXiaKTl5sa"
    "dRdZ6i6pS2W7nn+QrPZSPx/BwSz+V8PlVrPCBlf/96j+TzRvH5eRWftGRXaT7Spu5NT5o1"
    "uk+j+/xAug94GK1TfiTUj9lcjfrTqD+/kPpzWq1oFKBGAWoUoF9UAQIr7/ejAamKd6MCfW"
    "sV6PL8OlQvBIEorJGCqvo8vxgEemvkoEYOejY56Mv/lKjonQ=="
)
