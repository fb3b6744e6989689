# The image around an executable that exists already, `pintle` in the context: `./dev image --prebuilt` makes both. It is a file
# of its own, because the classic builder runs every stage of a Dockerfile.
FROM pintle:runtime
COPY pintle /usr/local/bin/pintle
