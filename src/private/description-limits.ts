/** The longest description that IAM accepts, in characters. */
export const MAX_DESCRIPTION_LENGTH = 1_000;

/** The characters that IAM accepts in a description, as a class of a regular expression. */
export const DESCRIPTION_CHARACTERS = '\\t\\n\\r\\u0020-\\u007E\\u00A1-\\u00FF';

/** The same, for people. */
export const DESCRIPTION_CHARACTERS_IN_WORDS = 'tab, line feed, carriage return, U+0020 to U+007E, and U+00A1 to U+00FF';
