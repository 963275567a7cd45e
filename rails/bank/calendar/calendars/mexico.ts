import type { BankCalendar } from '../rules.ts';

export const mexico: BankCalendar = {
  code: 'MX',
  source: 'Comision Nacional Bancaria y de Valores, yearly list of closing days in the Diario Oficial',
  weekRest: 'SATURDAY_SUNDAY',
  rules: [
    { name: 'Año Nuevo', kind: 'FIXED', month: 1, day: 1 },
    { name: 'Día de la Constitución', kind: 'WEEKDAY', month: 2, weekday: 1, nth: 1 },
    { name: 'Natalicio de Benito Juárez', kind: 'WEEKDAY', month: 3, weekday: 1, nth: 3 },
    { name: 'Jueves Santo', kind: 'EASTER', days: -3 },
    { name: 'Viernes Santo', kind: 'EASTER', days: -2 },
    { name: 'Día del Trabajo', kind: 'FIXED', month: 5, day: 1 },
    { name: 'Día de la Independencia', kind: 'FIXED', month: 9, day: 16 },
    // Moved from December by the reform of 2014, first in force at the change of 2024.
    { name: 'Transmisión del Poder Ejecutivo', kind: 'FIXED', month: 10, day: 1, from: 2024, every: 6 },
    {
      name: 'Transmisión del Poder Ejecutivo',
      kind: 'FIXED',
      month: 12,
      day: 1,
      from: 2006,
      to: 2018,
      every: 6,
    },
    { name: 'Día de los Muertos', kind: 'FIXED', month: 11, day: 2 },
    { name: 'Día de la Revolución', kind: 'WEEKDAY', month: 11, weekday: 1, nth: 3 },
    { name: 'Día del Empleado Bancario', kind: 'FIXED', month: 12, day: 12 },
    { name: 'Navidad', kind: 'FIXED', month: 12, day: 25 },
  ],
  closed: [],
  open: [],
};
