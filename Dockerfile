# The command gauth as an image (README, "Docker"): Debian, Node, and what is published on npm.
FROM node:22.23.3-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Without install scripts: ours is the build, whose sources come after what seldom changes.
RUN npm ci --ignore-scripts
COPY . .
# Modes and files are those of the npm package, whatever the umask of the checkout. The optional package for the operating
# system's keychain stays out: a container has none.
RUN npm run --silent package -- --pack-destination /tmp \
 && mkdir -p /image/opt/gauth \
 && tar -xzf /tmp/gauth-aws-*.tgz -C /image/opt/gauth --strip-components=1 --no-same-owner \
 && install -D -t /image/usr/local/bin /usr/local/bin/node \
 && install -T scripts/image/gauth.cjs /image/usr/local/bin/gauth

# Not the Node image: npm, yarn and headers are 30 MB that gauth does not need.
FROM debian:12.12-slim
COPY --from=build /image/ /
# Whoever gauth runs as gets to /root/.aws, and may leave files in the working folder.
RUN chmod 711 /root && mkdir -m 1777 /work
# Docker would give a user whom Debian does not know the home folder /.
ENV HOME=/root
WORKDIR /work
ENTRYPOINT ["gauth"]
