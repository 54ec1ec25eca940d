/** Signing in with Firefox. */
import { browserStories } from '../support/browser-stories.ts';

browserStories('firefox');
