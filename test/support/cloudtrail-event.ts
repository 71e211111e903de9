/** An event without a subject. */
export function eventOf(detail: object): object {
  return {
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.cloudtrail',
    detail: {
      eventName: 'StopLogging',
      eventSource: 'cloudtrail.amazonaws.com',
      awsRegion: 'us-east-1',
      ...detail,
    },
  };
}
