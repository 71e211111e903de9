/** A tool that creates trails for an organization and changes them again when it is updated. */
export type LandingZone = 'AWS Control Tower' | 'Landing Zone Accelerator on AWS';

/**
 * The tool that manages a trail, by the trail's name or by the ARNs of its creators; null if none is recognized. Sources: AWS Control
 * Tower user guide, "How AWS Control Tower works with roles to create and manage accounts" and "Resource naming"; Landing Zone
 * Accelerator on AWS implementation guide, "acceleratorPrefix".
 */
export function landingZoneOf(trailName: string, creators: readonly string[]): LandingZone | null {
  const roles = creators.map((arn) => arn.split('/').slice(1, -1).at(-1) ?? arn);
  if (/^aws-controltower-/.test(trailName) || roles.some((role) => /^AWSControlTower/.test(role))) {
    return 'AWS Control Tower';
  }
  return [trailName, ...roles].some((name) => /^AWSAccelerator-/.test(name))
    ? 'Landing Zone Accelerator on AWS'
    : null;
}
