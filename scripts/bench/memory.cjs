// Loaded into a program: tells, at its end, the most memory that it has held (in kilobytes) on file descriptor 3.
const { writeSync } = require('node:fs');

process.on('exit', () => {
  writeSync(3, String(process.resourceUsage().maxRSS));
});
