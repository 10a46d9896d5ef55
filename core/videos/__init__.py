"""The flow of a video: upload, process, publish, play."""
