/** The version of this program, from the one place where it stands. */
import { version as packaged } from '../package.json';

export const version: string = packaged;
