const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** Forms of address and rank: they come and go with who writes the name. */
export const TITLES = set(
  'mr mrs ms miss mx dr prof sir dame lord lady hon rev sheikh shaykh sheik hajji haji mullah herr frau senor senora don dona general gen colonel col major capt captain jr sr',
);

/** Small words between names, which lists and people leave out as they like. */
export const PARTICLES = set(
  'al el ul ad ar as bin ibn bint ben von van der den de del della di da do dos das du la le les lo y e i of the and et und ter ten zu zum zur af av',
);

/** What a business is by law. */
export const COMPANY_FORMS = set(
  'ltd limited llc lc inc incorporated corp corporation co company plc llp lp gmbh ag kg ohg ug mbh sa sas sarl srl spa sl slu nv bv bvba ab as asa oy oyj aps kk pte pty sdn bhd ooo oao zao pao ao jsc pjsc ojsc doo dd ltda eireli cv fze fzco fzc dmcc est',
);

/** Words that many businesses have in their names: they say little, and weigh little. */
export const WEAK_WORDS = set(
  'group holding holdings trading trade general international global national bank banking import export imports exports shipping services service industries industrial enterprise enterprises trust foundation company investment investments capital management solutions technology technologies logistics consulting energy oil gas partners ventures commercial establishment organization organisation society association',
);
