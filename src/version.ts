/** The version of gauth, from package.json. */
import { version as packaged } from '../package.json';

export const version: string = packaged;
