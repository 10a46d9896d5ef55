"""core 0005: undo deletions.

Written from the models. Review the SQL and edit it freely until it is released; after that write a new migration.
"""

UPGRADE = {
    "sqlite": [
        'ALTER TABLE "video" ADD COLUMN "undo_until" TIMESTAMP',
    ],
    "postgres": [
        'ALTER TABLE "video" ADD COLUMN "undo_until" TIMESTAMPTZ',
    ],
}

MODELS_STATE = (
    "eJztWV1zmzgU/SseP7UzfSD4e9+chHa969hdx9lpdzKjwUjYqjGwAtpkO/3vK5DAYK7Adt"
    "JOP3jIxIOudK+ko3OvdD63g38dGpL2b63P7Q/eKvlveU60c4PkN8XJv/DRj23af48XV7+P"
    "Fy8u+i/br1ptn9GdyR55S8gi8oV/2VIX7tHXXrZjgyBafSBWWDWqGzlObkjffHQ8szjqH7"
    "fzmRguNGX00GCxBYtcZBb9LSc3xu1yfPM2MTDDkOz8MCiYTGbLpNEmrkXAFoeYAUGRG1JH"
    "MXh5Kp88tiUMDHeogXNn3pqRoBjbwhhPkxAIYx5DlofhFeiCQ4pOmITmYeDGuyVgbzHClx"
    "hXryHfBlZpVB7Xpi4NNif0iTtxdJEHkkLzAXHIogQCaIhtaxCDpH3F12dptCaza+Nd6x40"
    "u2+35jPexr/zny/uBYzuucd7iZf7drJ2WWeBWjQc4e5oWOWlYFj2I5qFp/3Kxt6S+THiYh"
    "pSz607iByFxhtj0Xq7mNyMF+9bfxrvW+O75Xwy44HdGLNlazbnf3fTafmc8g9r4hIWO89t"
    "iGvu1DiqPNtD0R4D0QpAi35XmPjE3KKV6eJPFIcb8FyZH3lka1JjBbeUUbYhdL0JjzC0GZ"
    "8+Yodskpy1sjXHLkxhw5TmyHpH3ANSyVgr22YUkBBVcGwCisil/0YS9BHFaN9b/kK4Z43s"
    "BPx3s8lfd0YMtUMfAnPxJidoi6fsMb46LtqSRzG4vc3G3v9Y6T3cx5oej/56vjAmb2YJ2k"
    "AXL1sL47WxMGZXxm3rwECcAGHFT8W1MTX4Aboa316Nr40D+Mf2T85FQejFSKrEtM+ITR9A"
    "E13TUlzvfIeEcBrAEcdMemBLDO17QXgS4Qf0v6Kfy8mb1NXO+8jZwmbe7gS6P4q+P1JMvC"
    "fgMEBiHVHH7Iz6/SIQRdNRoBNxaHq32+93OwDi0kBLSEsaahAG5I/8FOTYyB7a9rCn4Hh1"
    "h5TrAcznohYrGfCUDpE8pmsSwMQSMyiI8uPyMyE1VRB58CmvNKqNooCwWphAOywnjJIBuq"
    "QzGmFrCOyvdFDa3vj76bubek3nNtQ7Vn+g2FnYON1V2Spi2K9VrkwoTJGfDr2D8cqqcVY0"
    "Bp3tl0RiR7AaL/v8xydTpBmkRFtiP1k+PxeJ1hfqG8/BCq6Eqe2cCnxLiF/Z5bgjBdFhbm"
    "Oy3/pooJukyIeyTeTjIjmWAJwbMtkqZI7sUV9FTirzDFc56AhwJVYZtCI/u2gdASpdnXfr"
    "tvoYUHH6qEOUmI2IWkVLeq8nEw91CFLWuDkzd00Yn5SrOBf7qsANeYWHpAEw2SzQipzu83"
    "sTKhmkrdaGWNsggvM9XEB8vSLhqAzhfXJrUsTZ5YbcZ44L1LE7F2RQPFb8e1WNIXsnbNoZ"
    "6T1iDwZAAkrjPyMDxY4zP2KK3aE+0jTS/QaVjPQr40eatdKwKtWBtilJiEYRwH41XrWyS3"
    "KW8eQw4mJ9YQ9scUlQO8xbQu5yt3AwxRbWlvIMfWGLYlPtsmgLOS0VZ/FOPzmxbvjt1YF5"
    "oSNpAdPAd8xHNSf1pCHZHT7V7FmrCz7xxB2QkkDhTsxTxJuRdhT4vLY97ZWH+J4F3+DlBm"
    "GzGOU130hgHGEdoBVZRy443nlJO+EDsVlIH5gXml1kFdEkMZh1kAuMhoOefqEVe2SLnwEq"
    "QdiTERXSULVBeoooEliM+qXraPKyJyIJ6Io6NISRke60Q92tGj7SKMbuyrS2SL3F3KQYSP"
    "IAcmb68aOVc9qDYXwMKcZVNx9lDx5RcLCK+2MJ5lBM4jeCk6KLXOydWL9aEWNx1VHzblTu"
    "WJ+YVZlTEGSCe83We1jv4udNnFA6E04lXtFI68p8DzA9ZJoSfS6Z7rEvK+8cnsQXkQNkrh"
    "GjpilyYJFeT5VqIFMggGIyzT/+Kpyne73ChFNTpfOiKeC8iBtBTekDVawwtH9AAejyGRSg"
    "5T9fVQPiw5fn8zwq0PX87nJqtN4ujKvJ7UQ+LH8XipBc0zpNCFybWlWo3KvRhXLrdGssJu"
    "NpJv7k9aFGCHqKEFQ6buWe54tCl40q9HOoQpfz+VQtC4GU/f1LRJLPG5Ho5xWJ0pRdJRNJ"
    "m7pnQGnWSEWNVPQDSUVgMVonFkmoH3O4GsGoEYx+IcHotFzRiEaNaNSIRr+oaARm3u9HNl"
    "Il70Y4+tbC0eX5eaheOwJRWKMeVfV5fv0I9FanIIGdGg2p0ZCeTUP68j+35Aka"
)
