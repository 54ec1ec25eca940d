/** Signing in with Chromium. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { browserMachine, withBrowser } from '../support/browser-machine.ts';
import { browserStories, expectSuccess } from '../support/browser-stories.ts';

browserStories('chromium');

describe('the locks of Chromium', withBrowser('chromium'), () => {
  it('that a crash or another host left are no obstacle', async () => {
    const machine = await browserMachine({ browser: 'chromium' });
    symlinkSync('elsewhere-4711', join(machine.folder, 'SingletonLock'));
    symlinkSync('1234567890', join(machine.folder, 'SingletonCookie'));
    await expectSuccess(machine.run());
  });
});
