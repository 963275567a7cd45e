/** Of the router's metrics: messages resolved anew, and those that were shared. */
export async function readResolutions(
  graphqlUrl: string,
): Promise<{ readonly anew: number; readonly shared: number }> {
  const text = await (await fetch(new URL('/metrics', graphqlUrl))).text();
  const read = (shared: string): number => {
    const pattern = new RegExp(
      `^omsx_router_resolutions_total\\{[^}]*shared="${shared}"[^}]*\\} (\\S+)$`,
      'm',
    );
    const found = pattern.exec(text)?.[1];
    // A counter that was never touched is not told.
    return found === undefined ? 0 : Number.parseFloat(found);
  };
  return { anew: read('no'), shared: read('yes') };
}
