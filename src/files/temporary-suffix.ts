/** Ends the names of temporary files, by which those of killed processes are found. Imports nothing: the launcher loads this file. */
export const TEMPORARY_SUFFIX = '.gauth-tmp';
