# The image of everything that runs in a cluster: counter, operator, and the programs that the chart and the store start.
# Build: docker build -t global-cluster:dev .
#
# It is made from scratch: Node, the libraries that Node loads, and the program with its packages in a few files. There is no shell, no package
# manager and no other program, as in gcr.io/distroless/nodejs24-debian12, and Node is that of the official image. Public certificate
# authorities are part of Node. To build from one certain base, name its digest:
# --build-arg BASE=docker.io/library/node:24-bookworm-slim@sha256:...
ARG BASE=docker.io/library/node:24-bookworm-slim

FROM ${BASE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Told to omit what is for developers, `npm sbom` also leaves out what is for both.
RUN npm ci --omit=dev --no-audit --no-fund \
 && npm pkg delete devDependencies && npm sbom --sbom-format=cyclonedx --sbom-type=application >/packages.cdx.json
# Their code is in the bundle. What stays says which packages those are, and their licences.
RUN rm -rf node_modules/@types node_modules/.bin \
 && find node_modules ! -type d ! -name package.json ! -iname 'licen[cs]e*' ! -iname 'notice*' ! -iname 'copying*' -delete \
 && find node_modules -type d -empty -delete

# Scanners read Debian's names and versions in status.d, where distroless images have them, too.
FROM ${BASE} AS system
RUN mkdir -p /system/usr/local/bin /system/etc /system/var/lib/dpkg/status.d \
 && cp /usr/local/bin/node /system/usr/local/bin/ \
 && for file in $(ldd /usr/local/bin/node | grep -o '/[^ ]*'); do \
      cp -L --parents "$file" /system \
   && name=$( (dpkg -S "$file" || dpkg -S "$(readlink -f "$file")" || dpkg -S "/usr$file") 2>/dev/null | head -1 | cut -d: -f1) \
   && dpkg-query -s "$name" >"/system/var/lib/dpkg/status.d/$name" \
   && cp -L --parents "/usr/share/doc/$name/copyright" /system || exit 1; \
    done \
 && if [ -e /usr/local/LICENSE ]; then cp /usr/local/LICENSE /system/usr/local/; fi \
 && echo 'node:x:1000:1000::/:/sbin/nologin' >/system/etc/passwd \
 && echo 'node:x:1000:' >/system/etc/group \
 && echo 'hosts: files dns' >/system/etc/nsswitch.conf \
 && install -d -m 1777 /system/tmp && mkdir /data

FROM ${BASE} AS bundle
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY LICENSE ./
COPY proto proto
COPY image image
COPY internal internal
COPY cmd cmd
RUN node image/write_bundle.ts /app

FROM ${BASE} AS program
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=bundle /app .
ENV NODE_ENV=production

FROM bundle AS materials
COPY --from=packages /packages.cdx.json /packages.cdx.json
COPY --from=system /system/var/lib/dpkg/status.d /status.d
RUN node image/write_sbom.ts /packages.cdx.json /status.d /sbom.cdx.json

FROM program AS compiled
# A cache belongs to the user that wrote it, and Node looks for it under that user's id: it is written as who will read it.
ENV NODE_COMPILE_CACHE=/tmp/compiled
# As below: a cache is only good for the same settings of V8.
ENV NODE_OPTIONS="--max-semi-space-size=8 --v8-pool-size=1"
USER 1000:1000
# A node that serves its page and drains has compiled what a start needs; of the other programs loading is enough.
# Some builders share the machine's network, with other builds of this too: so it takes a port that hardly anybody has.
RUN port=$(shuf -i 20000-30000 -n 1); node cmd/node.ts --port "$port" --store etcd://127.0.0.1:1 --data-dir none & node=$! \
 && url="http://127.0.0.1:$port/" timeout 60 node -e 'const look = () => fetch(process.env.url, { method: "HEAD" }).catch(() => setTimeout(look, 100)); look()' \
 && kill "$node" && wait "$node" \
 && for program in cmd/*.ts; do node "$program" --help >/dev/null </dev/null || exit 1; done

FROM scratch
COPY --from=system /system /
COPY --from=program /app /app
COPY --from=materials /sbom.cdx.json /app/sbom.cdx.json
COPY --from=compiled /tmp/compiled /app/compiled
WORKDIR /app
ENV PATH=/usr/local/bin NODE_ENV=production
# Read only at run time: Node reads what is there and cannot add to it.
ENV NODE_COMPILE_CACHE=/app/compiled
# Under a flood of requests, V8's usual 32 MB would be copied in pauses of a second, and would take 100 MB more. Its usual four threads for
# garbage would take four fifths of a pod's one core while they work, and hits would wait.
ENV NODE_OPTIONS="--max-semi-space-size=8 --v8-pool-size=1"
# Otherwise each thread of Node keeps freed memory of its own.
ENV MALLOC_ARENA_MAX=2
# V8's optimizing compiler takes 20 MB in pieces of 32 kB. Among small ones they would leave holes that are never given back.
ENV MALLOC_MMAP_THRESHOLD_=32768
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="global-cluster" \
      org.opencontainers.image.description="Exact counting on Kubernetes: every acknowledged hit is counted exactly once." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# A new volume takes its owner from here.
COPY --from=system --chown=1000:1000 /data /data
USER 1000:1000
EXPOSE 4000 4001 8080
# Node is process 1, so that SIGTERM reaches it.
ENTRYPOINT ["node"]
CMD ["cmd/node.ts"]
