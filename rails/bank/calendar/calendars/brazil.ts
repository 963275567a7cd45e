import type { BankCalendar } from '../rules.ts';

export const brazil: BankCalendar = {
  code: 'BR',
  source: 'ANBIMA, Feriados Nacionais; Resolucao CMN 4.880/2020',
  weekRest: 'SATURDAY_SUNDAY',
  rules: [
    { name: 'Confraternização Universal', kind: 'FIXED', month: 1, day: 1 },
    { name: 'Carnaval, segunda-feira', kind: 'EASTER', days: -48 },
    { name: 'Carnaval, terça-feira', kind: 'EASTER', days: -47 },
    { name: 'Paixão de Cristo', kind: 'EASTER', days: -2 },
    { name: 'Tiradentes', kind: 'FIXED', month: 4, day: 21 },
    { name: 'Dia do Trabalho', kind: 'FIXED', month: 5, day: 1 },
    { name: 'Corpus Christi', kind: 'EASTER', days: 60 },
    { name: 'Independência do Brasil', kind: 'FIXED', month: 9, day: 7 },
    { name: 'Nossa Senhora Aparecida', kind: 'FIXED', month: 10, day: 12 },
    { name: 'Finados', kind: 'FIXED', month: 11, day: 2 },
    { name: 'Proclamação da República', kind: 'FIXED', month: 11, day: 15 },
    // Lei 14.759 of December 2023.
    { name: 'Dia da Consciência Negra', kind: 'FIXED', month: 11, day: 20, from: 2024 },
    { name: 'Natal', kind: 'FIXED', month: 12, day: 25 },
  ],
  closed: [],
  open: [],
};
