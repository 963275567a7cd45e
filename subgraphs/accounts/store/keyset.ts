import { type FindOperator, LessThan, MoreThan } from 'typeorm';
import type { Uuid } from '../../../platform/id.ts';

/** A page as platform/connection.ts reads it from the arguments. */
export interface UuidPage {
  readonly limit: number;
  readonly forward: boolean;
  readonly from: Uuid | null;
}

/** What of a TypeORM `find` walks on from the page's key; one row more tells whether others follow. */
export function keysetOf(page: UuidPage): {
  /** Condition on the id; none for the first page. */
  readonly beyond: readonly FindOperator<Uuid>[];
  readonly order: { readonly id: 'ASC' | 'DESC' };
  readonly take: number;
} {
  const { from, forward, limit } = page;
  return {
    beyond: from === null ? [] : [forward ? LessThan(from) : MoreThan(from)],
    order: { id: forward ? 'DESC' : 'ASC' },
    take: limit + 1,
  };
}
