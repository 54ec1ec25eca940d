// What bare Node needs for the requests of a renewal: two to Google and one to STS, each host through its own tunnel of the proxy.
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');

const proxy = new URL(process.env.HTTPS_PROXY);

function connect(host, use) {
  const socket = net.connect(Number(proxy.port), proxy.hostname, () => {
    socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
  });
  socket.once('data', () => {
    const secure = tls.connect({ socket, servername: host }, () => use(secure));
  });
}

function requests(host, count, done) {
  connect(host, (socket) => {
    const next = (left) => {
      if (left === 0) {
        socket.destroy();
        done();
        return;
      }
      const headers = { connection: 'keep-alive' };
      const request = https.request(
        { host, path: '/', createConnection: () => socket, headers },
        (response) => {
          response.resume().on('end', () => next(left - 1));
        },
      );
      request.end();
    };
    next(count);
  });
}

requests('accounts.google.com', 2, () => requests('sts.us-east-1.amazonaws.com', 1, () => undefined));
