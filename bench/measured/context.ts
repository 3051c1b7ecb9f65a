/** What Lambda hands a function beside the event. */
export const CONTEXT = { getRemainingTimeInMillis: () => 900_000, logGroupName: 'group', logStreamName: 'stream', invokedFunctionArn: 'arn' };
