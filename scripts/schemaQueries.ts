/** One part of the dump; `sql` gives rows of one column, `line`, in their final order. */
export type SchemaQuery = { readonly title: string; readonly sql: string };

/** Objects of Postgres itself, of extensions and of TypeORM's bookkeeping are not ours to review. */
const ourSchemas = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;
const notOfExtension = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
     WHERE d.classid = 'pg_catalog.${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

/**
 * Tables that are reviewed. Partitions are left out: those by time are made as time goes on, so that listing them
 * would make the dump depend on the day. The table they belong to says how they are cut.
 */
const ourTables = `c.relkind IN ('r', 'p') AND NOT c.relispartition AND ${ourSchemas}
  AND c.relname <> 'omsx_migration' AND ${notOfExtension('pg_class', 'c.oid')}`;

/** Grants as sentences; the owner's own rights are implied and left out. */
const grants = (kind: string, acl: string, owner: string, name: string): string =>
  `SELECT 'GRANT ' || string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type)
       || ' ON ${kind} ' || ${name} || ' TO '
       || CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END
       || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END || ';' AS line
     FROM __FROM__, LATERAL pg_catalog.aclexplode(${acl}) g
    WHERE __WHERE__ AND g.grantee <> ${owner}
    GROUP BY ${name}, g.grantee, g.is_grantable
    ORDER BY ${name}, 1`;

function grantsOn(
  kind: string,
  from: string,
  where: string,
  acl: string,
  owner: string,
  name: string,
): string {
  return grants(kind, acl, owner, name).replace('__FROM__', from).replace('__WHERE__', where);
}

const relationName = `pg_catalog.format('%I.%I', n.nspname, c.relname)`;
const relations = 'pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace';
const functionName = `p.oid::pg_catalog.regprocedure::text`;
const functions = 'pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace';
const types = 'pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace';
const typeName = `pg_catalog.format('%I.%I', n.nspname, t.typname)`;

export const schemaQueries: readonly SchemaQuery[] = [
  {
    title: 'Roles',
    sql: `SELECT 'CREATE ROLE ' || pg_catalog.quote_ident(r.rolname) || ' '
          || pg_catalog.concat_ws(' ', CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
               CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
               CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
               CASE WHEN NOT r.rolinherit THEN 'NOINHERIT' END,
               'IN ROLE ' || (SELECT string_agg(pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(m.roleid)), ', '
                   ORDER BY pg_catalog.pg_get_userbyid(m.roleid)) FROM pg_catalog.pg_auth_members m
                 WHERE m.member = r.oid)) || ';'
          || coalesce((SELECT string_agg(E'\\nALTER ROLE ' || pg_catalog.quote_ident(r.rolname) || ' SET '
                 || setting || ';', '' ORDER BY setting)
               FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) setting WHERE s.setrole = r.oid), '') AS line
        FROM pg_catalog.pg_roles r WHERE r.rolname LIKE 'omsx\\_%' ORDER BY r.rolname`,
  },
  {
    title: 'Extensions',
    sql: `SELECT 'CREATE EXTENSION ' || pg_catalog.quote_ident(e.extname) || ';' AS line
        FROM pg_catalog.pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY e.extname`,
  },
  {
    title: 'Schemas',
    sql: `SELECT pg_catalog.format('CREATE SCHEMA %I; -- owner %I', n.nspname, pg_catalog.pg_get_userbyid(n.nspowner))
          AS line
        FROM pg_catalog.pg_namespace n WHERE ${ourSchemas} ORDER BY n.nspname`,
  },
  {
    title: 'Types',
    sql: `SELECT line FROM (
        SELECT ${typeName} AS name, 'CREATE TYPE ' || ${typeName} || ' AS ENUM ('
            || (SELECT string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                  FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) || ');' AS line
          FROM ${types} WHERE t.typtype = 'e' AND ${ourSchemas} AND ${notOfExtension('pg_type', 't.oid')}
        UNION ALL
        SELECT ${typeName}, 'CREATE DOMAIN ' || ${typeName} || ' AS '
            || pg_catalog.format_type(t.typbasetype, t.typtypmod)
            || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END || coalesce(' DEFAULT ' || t.typdefault, '')
            || coalesce((SELECT string_agg(' CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' '
                  || pg_catalog.pg_get_constraintdef(k.oid), '' ORDER BY k.conname)
                 FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype <> 'n'), '') || ';'
          FROM ${types} WHERE t.typtype = 'd' AND ${ourSchemas} AND ${notOfExtension('pg_type', 't.oid')}
        UNION ALL
        SELECT ${typeName}, 'CREATE TYPE ' || ${typeName} || ' AS ('
            || (SELECT string_agg(pg_catalog.format('%I ', a.attname)
                    || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
                  FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0
                    AND NOT a.attisdropped) || ');'
          FROM ${types} JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
         WHERE ${ourSchemas} AND ${notOfExtension('pg_type', 't.oid')}
      ) listed ORDER BY name`,
  },
  {
    title: 'Sequences',
    sql: `SELECT 'CREATE SEQUENCE ' || ${relationName} || ' AS ' || pg_catalog.format_type(s.seqtypid, NULL)
          || ' START ' || s.seqstart || ' INCREMENT ' || s.seqincrement || ' CACHE ' || s.seqcache
          || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END || ';' AS line
        FROM ${relations} JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
       WHERE ${ourSchemas} AND ${notOfExtension('pg_class', 'c.oid')} AND c.relname NOT LIKE 'omsx_migration%'
       ORDER BY 1`,
  },
  {
    title: 'Tables',
    sql: `SELECT 'CREATE ' || CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END || 'TABLE ' || ${relationName}
          || E' (\\n' || pg_catalog.concat_ws(E',\\n',
            (SELECT string_agg('  ' || pg_catalog.quote_ident(a.attname) || ' '
                || pg_catalog.format_type(a.atttypid, a.atttypmod)
                || CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
                     THEN ' COLLATE ' || a.attcollation::pg_catalog.regcollation::text ELSE '' END
                || CASE a.attidentity WHEN 'a' THEN ' GENERATED ALWAYS AS IDENTITY'
                     WHEN 'd' THEN ' GENERATED BY DEFAULT AS IDENTITY' ELSE '' END
                || CASE a.attgenerated WHEN 's' THEN ' GENERATED ALWAYS AS ('
                       || pg_catalog.pg_get_expr(x.adbin, x.adrelid) || ') STORED'
                     WHEN 'v' THEN ' GENERATED ALWAYS AS (' || pg_catalog.pg_get_expr(x.adbin, x.adrelid) || ')'
                     ELSE coalesce(' DEFAULT ' || pg_catalog.pg_get_expr(x.adbin, x.adrelid), '') END
                || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, E',\\n' ORDER BY a.attnum)
               FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
               LEFT JOIN pg_catalog.pg_attrdef x ON x.adrelid = a.attrelid AND x.adnum = a.attnum
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
            (SELECT string_agg('  CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' '
                || pg_catalog.pg_get_constraintdef(k.oid, true), E',\\n'
                ORDER BY pg_catalog.strpos('pucxf', k.contype::text), k.conname)
               FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype NOT IN ('n', 't')))
          || E'\\n)' || coalesce(' PARTITION BY ' || pg_catalog.pg_get_partkeydef(c.oid), '')
          || coalesce(' WITH (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')', '')
          || '; -- owner ' || pg_catalog.pg_get_userbyid(c.relowner)
          || CASE WHEN c.relrowsecurity THEN E'\\nALTER TABLE ' || ${relationName} || ' ENABLE ROW LEVEL SECURITY;'
               ELSE '' END
          || CASE WHEN c.relforcerowsecurity
               THEN E'\\nALTER TABLE ' || ${relationName} || ' FORCE ROW LEVEL SECURITY;' ELSE '' END
          || E'\\n' AS line
        FROM ${relations} WHERE ${ourTables} ORDER BY ${relationName}`,
  },
  {
    title: 'Indexes that no constraint makes',
    sql: `SELECT pg_catalog.pg_get_indexdef(i.indexrelid) || ';' AS line
        FROM pg_catalog.pg_index i JOIN ${relations} ON c.oid = i.indrelid
       WHERE ${ourTables}
         AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k
           WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
       ORDER BY ${relationName}, i.indexrelid::pg_catalog.regclass::text`,
  },
  {
    title: 'Views',
    sql: `SELECT 'CREATE ' || CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'VIEW ' END || ${relationName}
          || coalesce(' WITH (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')', '')
          || E' AS\\n' || pg_catalog.pg_get_viewdef(c.oid, true) || E'\\n' AS line
        FROM ${relations} WHERE c.relkind IN ('v', 'm') AND ${ourSchemas} AND ${notOfExtension('pg_class', 'c.oid')}
       ORDER BY ${relationName}`,
  },
  {
    title: 'Functions',
    sql: `SELECT pg_catalog.pg_get_functiondef(p.oid) || E';\\n-- owner ' || pg_catalog.pg_get_userbyid(p.proowner)
          || E'\\n' AS line
        FROM ${functions} WHERE p.prokind IN ('f', 'p') AND ${ourSchemas} AND ${notOfExtension('pg_proc', 'p.oid')}
       ORDER BY ${functionName}`,
  },
  {
    title: 'Triggers',
    sql: `SELECT pg_catalog.pg_get_triggerdef(g.oid) || ';' || CASE g.tgenabled WHEN 'D' THEN ' -- disabled'
          WHEN 'A' THEN ' -- always' WHEN 'R' THEN ' -- replica' ELSE '' END AS line
        FROM pg_catalog.pg_trigger g JOIN ${relations} ON c.oid = g.tgrelid
       WHERE NOT g.tgisinternal AND ${ourTables} ORDER BY ${relationName}, g.tgname`,
  },
  {
    title: 'Policies',
    sql: `SELECT 'CREATE POLICY ' || pg_catalog.quote_ident(l.polname) || ' ON ' || ${relationName}
          || CASE WHEN l.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END || ' FOR '
          || CASE l.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
               WHEN 'd' THEN 'DELETE' ELSE 'ALL' END
          || ' TO ' || (SELECT string_agg(CASE WHEN role = 0 THEN 'PUBLIC'
                 ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(role)) END, ', '
                 ORDER BY pg_catalog.pg_get_userbyid(role)) FROM unnest(l.polroles) role)
          || coalesce(' USING (' || pg_catalog.pg_get_expr(l.polqual, l.polrelid) || ')', '')
          || coalesce(' WITH CHECK (' || pg_catalog.pg_get_expr(l.polwithcheck, l.polrelid) || ')', '') || ';' AS line
        FROM pg_catalog.pg_policy l JOIN ${relations} ON c.oid = l.polrelid
       WHERE ${ourTables} ORDER BY ${relationName}, l.polname`,
  },
  {
    title: 'Grants on schemas',
    sql: grantsOn(
      'SCHEMA',
      'pg_catalog.pg_namespace n',
      ourSchemas,
      `coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))`,
      'n.nspowner',
      'pg_catalog.quote_ident(n.nspname)',
    ),
  },
  {
    title: 'Grants on tables and views',
    sql: grantsOn(
      'TABLE',
      relations,
      `c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition AND ${ourSchemas}`,
      'c.relacl',
      'c.relowner',
      relationName,
    ),
  },
  {
    title: 'Grants on columns',
    sql: `SELECT 'GRANT ' || g.privilege_type || ' (' || string_agg(pg_catalog.quote_ident(a.attname), ', '
            ORDER BY a.attname) || ') ON TABLE ' || ${relationName} || ' TO '
            || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) || ';' AS line
        FROM ${relations} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0,
             LATERAL pg_catalog.aclexplode(a.attacl) g
       WHERE NOT c.relispartition AND ${ourSchemas}
       GROUP BY ${relationName}, g.grantee, g.privilege_type ORDER BY ${relationName}, 1`,
  },
  {
    title: 'Grants on sequences',
    sql: grantsOn(
      'SEQUENCE',
      relations,
      `c.relkind = 'S' AND ${ourSchemas}`,
      'c.relacl',
      'c.relowner',
      relationName,
    ),
  },
  {
    title: 'Grants on functions',
    sql: grantsOn(
      'FUNCTION',
      functions,
      `${ourSchemas} AND ${notOfExtension('pg_proc', 'p.oid')}`,
      `coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))`,
      'p.proowner',
      functionName,
    ),
  },
  {
    title: 'Default privileges',
    sql: `SELECT 'ALTER DEFAULT PRIVILEGES FOR ROLE ' || pg_catalog.pg_get_userbyid(f.defaclrole)
          || coalesce(' IN SCHEMA ' || n.nspname, '') || ' GRANT ' || g.privilege_type || ' ON '
          || CASE f.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
               WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END || ' TO '
          || CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(g.grantee) END || ';' AS line
        FROM pg_catalog.pg_default_acl f LEFT JOIN pg_catalog.pg_namespace n ON n.oid = f.defaclnamespace,
             LATERAL pg_catalog.aclexplode(f.defaclacl) g
       WHERE g.grantee <> f.defaclrole ORDER BY 1`,
  },
  {
    title: 'Comments',
    sql: `SELECT line FROM (
        SELECT 'COMMENT ON TABLE ' || ${relationName} || ' IS ' || pg_catalog.quote_literal(o.description) || ';' AS line
          FROM ${relations} JOIN pg_catalog.pg_description o
            ON o.objoid = c.oid AND o.classoid = 'pg_catalog.pg_class'::regclass AND o.objsubid = 0 WHERE ${ourTables}
        UNION ALL
        SELECT 'COMMENT ON COLUMN ' || ${relationName} || '.' || pg_catalog.quote_ident(a.attname) || ' IS '
            || pg_catalog.quote_literal(o.description) || ';'
          FROM ${relations} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
          JOIN pg_catalog.pg_description o ON o.objoid = c.oid AND o.classoid = 'pg_catalog.pg_class'::regclass
            AND o.objsubid = a.attnum WHERE ${ourTables}
        UNION ALL
        SELECT 'COMMENT ON FUNCTION ' || ${functionName} || ' IS ' || pg_catalog.quote_literal(o.description) || ';'
          FROM ${functions} JOIN pg_catalog.pg_description o
            ON o.objoid = p.oid AND o.classoid = 'pg_catalog.pg_proc'::regclass WHERE ${ourSchemas}
      ) listed ORDER BY line`,
  },
];
