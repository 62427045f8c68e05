/** A query and its variables into how many values it may give back at most, before anything is asked. */
// graphql by its file: a bundler takes another copy otherwise, and two copies refuse each other.

import { getArgumentValues, getVariableValues } from "graphql/execution/values.js";
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql/index.js";

export interface CostQuery {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Readonly<Record<string, unknown>>;
}

/** What a list without a number is taken for. */
const LIST_SIZE = 10;
/** What JSON of unknown contents is taken for. */
const JSON_COST = 5;

/**
 * Every field counts one, or what it says; a list as often as it is asked for by `first` or `last`. Undefined: the variables do
 * not fit, which whoever runs it will say. The query was validated: its fragments have no cycles.
 */
export function costOf({ schema, document, operation, variables }: CostQuery): number | undefined {
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  const root = schema.getRootType(operation.operation);
  if (!coerced || !root) return undefined;
  return new CostWalk({ schema, document, variables: coerced }).of(operation.selectionSet, root.name);
}

class CostWalk {
  readonly #query: Omit<CostQuery, "operation">;
  readonly #fragments: Map<string, FragmentDefinitionNode>;
  /** Each is walked through once, however often it is spread. */
  readonly #known = new Map<string, number>();

  constructor(query: Omit<CostQuery, "operation">) {
    this.#query = query;
    this.#fragments = new Map(
      query.document.definitions.flatMap((one) =>
        one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [],
      ),
    );
  }

  of({ selections }: SelectionSetNode, typeName: string): number {
    return selections.reduce((sum, selection) => sum + this.#selection(selection, typeName), 0);
  }

  #selection(selection: SelectionNode, typeName: string): number {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return this.of(selection.selectionSet, selection.typeCondition?.name.value ?? typeName);
    }
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#fragment(selection.name.value);
    const type = this.#query.schema.getType(typeName);
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
    if (!field) return 1; // __typename, __schema: the schema itself, which is as long as it is
    const args = argumentsOf(field, selection, this.#query.variables);
    const named = getNamedType(field.type);
    const inner = selection.selectionSet && isCompositeType(named) ? this.of(selection.selectionSet, named.name) : 0;
    const own = numberOf(field.extensions.cost) ?? (named.name === "JSON" ? JSON_COST : 1);
    return own + sizeOf(field, args) * inner;
  }

  #fragment(name: string): number {
    const known = this.#known.get(name);
    const fragment = this.#fragments.get(name);
    if (known !== undefined || !fragment) return known ?? 0;
    const cost = this.of(fragment.selectionSet, fragment.typeCondition.name.value);
    this.#known.set(name, cost);
    return cost;
  }
}

type Field = GraphQLField<unknown, unknown>;

function argumentsOf(field: Field, node: SelectionNode & { kind: Kind.FIELD }, variables: CostQuery["variables"]) {
  try {
    return getArgumentValues(field, node, variables);
  } catch {
    return {}; // refused when it runs
  }
}

function sizeOf(field: Field, args: Record<string, unknown>): number {
  const named = numberOf(args.first) ?? numberOf(args.last) ?? numberOf(args[String(field.extensions.sizeFrom)]);
  if (named !== undefined) return Math.max(1, named);
  if (!isListType(getNullableType(field.type))) return 1;
  return numberOf(field.extensions.size) ?? LIST_SIZE;
}

const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
