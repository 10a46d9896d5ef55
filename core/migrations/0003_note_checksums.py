"""core 0003: note checksums.

Written from the models. Review the SQL and edit it freely until it is released; after that write a new migration.
"""

UPGRADE = {
    "sqlite": [
        'ALTER TABLE "upload" ADD COLUMN "checksum" VARCHAR(80)',
    ],
    "postgres": [
        'ALTER TABLE "upload" ADD COLUMN "checksum" VARCHAR(80)',
    ],
}

MODELS_STATE = (
    "eJztWN9v2zYQ/lcMPzXAHhT5996cRM28OXbmOEM7BCBkkXJYy5JKSU2yov/7SJGSJesk2U"
    "laZJ0eghjikXfkffcd+X1tB58dGpL2r62v7U/eKv5veU60dYP4N8Xxv/DJFzbtv8aL89/G"
    "i3en/ZP2L622z+jWZE98JGQR+ca/bKgLz+hrJ21hEESrT8QKq1Z1I8fJLOmbT45n5lf9/W"
    "Y+k8uFpooeWkxYsMhFZt7fcnJl3CzHV9exgRmGZOuHQc5kMlvGgzZxLQKOOMQMCIrckDol"
    "ixe38uCxDWFguEMN3Dvz1owE+dgWxngah0AY8xiyPAyfQBdcUk7CJDT3Azc+LAF7ixF+xL"
    "j6DHkaWKVRcV2bujS4P2KOmMTRRR5JAs1HxCGLYgigIbatgQBJ+5yfz9JoTWYXxofWHWh2"
    "127NZ3yMf+c/391JGN1xj3cKL3ft+OzSyRK1aDjC3dGwykvOsOhHDktPu5MV3uL9MeJiGl"
    "LPrStEjkLj0li0rheTq/HiY+sP42NrfLucT2Y8sCtjtmzN5vzvdjot1in/sCYuYcJ5JiGu"
    "uS3HUWVtD+W4AKIVgBb9rjTxiblBK9PFDxSH92BdmV94ZGtSYwWPFFF2T+j6PjzA0GZ8+4"
    "jts0lca0Vrjl2YwoYJzZH1lrh7pJKyVppmFJAQVXBsDIrIpZ8jBfqIYrSbrX4h3LNGdgz+"
    "29nkz1tDQG3fh8ScSHKMNrFlj/HTcdGGPMnF7U269u7HSu/hPtZ0sfr7+cKYXM5itIEuTl"
    "oL472xMGbnxk1rz0BWgLTiVXFhTA1eQOfjm/PxhbEHf2H/4l4UhJ5AUiWmfUZs+gia6JqW"
    "4HrrOySE2wCOOGaSgi0wtO8F4VGEH9B/8n7OJpeJq4OY+AvFxHsBpAIkjwR1zM6o389jSg"
    "4dhB8Zh6Z3u/1+twOAJwm0AJp4oAYsQCvIbkGtjeyhbQ97JXRdPiGhbQC+majlSQa8O0N8"
    "jemaBDBHCDIEAXtYqyWk5kJDHn3KLw3VRlFAWC1MoAyrDaN4gS7pjEbYGgL5VQ4K6RXfj8"
    "9u4jXZ21DvWP1BSWZh4ySralTGsDurTMfPbZFXh97BeGXVOMsbg852R6Kq0E8vtgfwnF7O"
    "c3V34EOYkOe4mgbVIkhGXYYdvddT7EAdgkrvFBkzd00Y35QLF0uGhd2Qd1SkDIDNpoFWcK"
    "jP76moYJAy7D2xNkG0PYKwD6rZgyrSe3BrSvLZ9K5SxlOMOnbnlAzytM6/V3G6mh2jtzPS"
    "e8QeDICCT+J/RsULx6kfucXuUB9pGun+gM6h/Kr4kWatNFxGLaBtUuxyUAawOw1x7VLvi5"
    "Rh1DLyTXJqD2x5vyp3mLWE3GUeMCCl5c6WckY8tWVzL3eZt4WcFpqhyPSLr233/OLvwCXe"
    "URWOaeA75lM5vfSUIdnuv3J3BNQFX8diAirlQngS80riTfk3Cnx+lzjugUx8z4IfPypB2M"
    "xHecETCawjrQO0IuvIBder5zCQVAQfyGQhfWCeanaeVeSQwmA6QR0wGg56+qmWn5Eefgqo"
    "GGEvRlRIw7IE6QmiSGAx6hdu8rEoIiMJ6Io6NISRkWTaoe6mHD7KSGB3ZVobVJ5ibpIPJH"
    "47PrP9+NHKOU5rEWVIMa66aZbO4BEFe6e4K0uwh2IinldHRWdFjInbQM37uTixvsuWtUHJ"
    "djGINZs/ivUuft0uCPUm6VSBD420rmreAG1DpglrZzrjDsiyXWTBIb9IQleNQ66a9LuBRX"
    "q9sr4BmQIB5DtjVgQrcZ7keoUJ55lK53lTwHkeN5Jnkoe6UFrb/0Eh/OwVlPDl399VC+fL"
    "F/fzOmr4xfz2bGq0rhfG+eRmogS2N6GMqzOt08bBs6lVx4uzGn08c043xmIynqYieFYnbw"
    "TxlwjihXIrzny+OH7WqOM/hzp+Np9Py+VxkLJ/qFSuqLkRy39esTzpvlVyubKpk+eUWSOZ"
    "N5J5I5l/f8n8uKpsZPNGNm9k8/+pbA6+nd+OcC4oqpHO34J0fvb8PlSvnoMorNHPq+a8vo"
    "IOems09EZDfzUN/du/00kyUA=="
)
