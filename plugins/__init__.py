"""The plugins that come along; each is declared exactly as a third party's."""
