/** Standard input and output as ports, over streams of the test and as programs in pipes. */
import { spawn } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createInput, createOutput } from '../../src/system/streams.ts';
import { bundle } from '../support/bundle.ts';
import { LINUX } from '../support/needs.ts';

const never = new AbortController().signal;

/** An input that yields these pieces and ends. */
function inputOf(...pieces: readonly (string | Buffer)[]) {
  const stream = new PassThrough();
  for (const piece of pieces) stream.write(piece);
  stream.end();
  return createInput(() => stream);
}

describe('standard input', () => {
  it('is read line by line, and then whole', async () => {
    const input = inputOf('one\ntwo\r\n\nthree\nfour');
    expect((await input.readLine(never))?.reveal()).toBe('one');
    expect((await input.readLine(never))?.reveal()).toBe('two');
    expect((await input.readLine(never))?.reveal()).toBe('');
    expect((await input.readAll(100, never)).reveal()).toBe('three\nfour');
    expect((await input.readAll(100, never)).reveal()).toBe('');
    expect(await input.readLine(never)).toBeUndefined();
  });

  it('ends with a line without a line end', async () => {
    const input = inputOf('pässword');
    expect((await input.readLine(never))?.reveal()).toBe('pässword');
    expect(await input.readLine(never)).toBeUndefined();
  });

  it('loses one line end only', async () => {
    expect((await inputOf('pw\r\r\n').readLine(never))?.reveal()).toBe('pw\r');
    expect((await inputOf(' pw \n').readLine(never))?.reveal()).toBe(' pw ');
  });

  it('returns the same lines in pieces of any size', async () => {
    const text = fc.array(
      fc.string({ unit: 'grapheme' }).filter((line) => !/[\r\n]/.test(line)),
      { minLength: 1, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(20)), async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const pieces: Buffer[] = [];
        let from = 0;
        for (const cut of cuts) pieces.push(bytes.subarray(from, (from += cut)));
        const input = inputOf(...pieces, bytes.subarray(from));
        for (const line of lines) expect((await input.readLine(never))?.reveal()).toBe(line);
        expect(await input.readLine(never)).toBeUndefined();
      }),
      { seed: 20261123, numRuns: 200 },
    );
  });

  it('has limits', async () => {
    const tooLong = await inputOf('x'.repeat(70_000))
      .readLine(never)
      .catch((error: unknown) => error);
    expect(tooLong).toMatchObject({ code: 'BAD_OPTION' });
    const tooMuch = await inputOf('x'.repeat(11))
      .readAll(10, never)
      .catch((error: unknown) => error);
    expect(tooMuch).toMatchObject({ code: 'BAD_OPTION' });
    expect((await inputOf('x'.repeat(10)).readAll(10, never)).reveal()).toHaveLength(10);
  });

  it('is waited for until the signal fires, without losing data', async () => {
    const stream = new PassThrough();
    const input = createInput(() => stream);
    const cancel = new AbortController();
    const line = input.readLine(cancel.signal).catch((error: unknown) => error);
    stream.write('half ');
    cancel.abort();
    expect(await line).toMatchObject({ code: 'CANCELLED' });
    expect(await input.readLine(cancel.signal).catch((error: unknown) => error)).toMatchObject({
      code: 'CANCELLED',
    });
    stream.write('a line\n');
    expect((await input.readLine(never))?.reveal()).toBe('half a line');
  });

  it('that cannot be read is reported', async () => {
    const stream = new PassThrough();
    const line = createInput(() => stream)
      .readLine(never)
      .catch((error: unknown) => error);
    stream.destroy(new Error('EISDIR'));
    expect(await line).toMatchObject({ code: 'FILE', message: 'cannot read standard input' });
  });
});

describe('standard output', () => {
  function sink() {
    const written: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        done();
      },
    });
    return { stream, written };
  }

  it.each(['EPIPE', 'EIO'])(
    'is written to until its reader is gone (%s), and then silently dropped',
    (code) => {
      const { stream, written } = sink();
      const reported: Error[] = [];
      const output = createOutput(
        () => stream,
        (cause) => reported.push(cause),
      );
      output.write('one');
      stream.emit('error', Object.assign(new Error('write'), { code }));
      output.write('two');
      expect(written).toEqual(['one']);
      expect(reported).toEqual([]);
    },
  );

  it('reports any other failure once', () => {
    const { stream } = sink();
    const reported: Error[] = [];
    const output = createOutput(
      () => stream,
      (cause) => reported.push(cause),
    );
    output.write('one');
    stream.emit('error', Object.assign(new Error('disk full'), { code: 'ENOSPC' }));
    stream.emit('error', Object.assign(new Error('disk full'), { code: 'ENOSPC' }));
    expect(reported.map(({ message }) => message)).toEqual(['disk full']);
  });
});

describe('a program', () => {
  let program: string;
  beforeAll(async () => {
    const made = await bundle(new URL('./fixtures/copy.ts', import.meta.url));
    program = made.program;
    return made.remove;
  });

  async function shell(line: string): Promise<{ status: number | null; stdout: string; stderr: string }> {
    const child = spawn('bash', ['-c', `copy() { '${process.execPath}' '${program}' "$@"; }; ${line}`]);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
    child.stdin.end();
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { status, stdout, stderr };
  }

  it('reads a line from a pipe', async () => {
    expect(await shell("printf 'pw\\nmore\\n' | copy")).toEqual({ status: 0, stdout: '"pw"\n', stderr: '' });
  });

  it.each(['</dev/null', '<&-'])('reads nothing from a closed standard input (%s)', async (closed) => {
    expect(await shell(`copy ${closed}`)).toEqual({ status: 0, stdout: 'nothing\n', stderr: '' });
  });

  it('ends although the writer of its input does not', async () => {
    // The feeder stays until its own standard input ends, which the program must not wait for.
    const { stdout } = await shell(
      'mkfifo_dir=$(mktemp -d); mkfifo $mkfifo_dir/f; (exec 3<>$mkfifo_dir/f; echo pw >&3; copy <&3); rm -r $mkfifo_dir',
    );
    expect(stdout).toBe('"pw"\n');
  });

  it('writes its whole output to a pipe that is read slowly', async () => {
    const { stdout } = await shell('copy 300000 </dev/null | (sleep 0.1; wc -c)');
    expect(Number(stdout)).toBe(300_000 * 8);
  });

  it('prints no error if its reader is gone, and has a status of its own', async () => {
    const { stdout, stderr } = await shell(
      'copy 300000 </dev/null | head -1; echo "status ${PIPESTATUS[0]}"',
    );
    expect(stdout).toBe('1234567\nstatus 0\n');
    expect(stderr).toBe('');
  });

  it('fails if its output is lost', LINUX, async () => {
    const { stdout, stderr } = await shell('copy 10 </dev/null >/dev/full; echo "status $?"');
    expect(stdout).toBe('status 5\n');
    expect(stderr).toMatch(/^gauth: cannot write to standard output \(.*ENOSPC.*\)\n$/);
  });
});
