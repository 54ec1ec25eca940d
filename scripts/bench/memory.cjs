// Loaded into a program: writes the most memory that it has held, in kilobytes, to file descriptor 3 when it ends.
const { writeSync } = require('node:fs');

process.on('exit', () => {
  writeSync(3, String(process.resourceUsage().maxRSS));
});
