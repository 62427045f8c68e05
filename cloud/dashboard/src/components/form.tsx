/** Fields with what is wrong about them beside them, and deeds that say what came of them. */
import type { Problem } from "@tactus/cloud";
import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId } from "react";
import { ApiError } from "../api/client.js";

export interface FieldControl {
  id: string;
  name: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
}

interface FieldProps {
  label: string;
  /** As the cloud names it in a problem. */
  name: string;
  problem?: Problem | undefined;
  hint?: ReactNode;
  children(control: FieldControl): ReactNode;
}

export function Field({ label, name, problem, hint, children }: FieldProps) {
  const id = useId();
  const wrong = isAbout(problem, name) ? problem : undefined;
  const described = [hint ? `${id}-hint` : "", wrong ? `${id}-wrong` : ""].filter(Boolean).join(" ");
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      {children({ id, name, "aria-describedby": described || undefined, "aria-invalid": wrong !== undefined })}
      {hint && <small id={`${id}-hint`}>{hint}</small>}
      {wrong && (
        <p id={`${id}-wrong`} className="wrong" role="alert">
          {wrong.detail}. {wrong.remedy}
        </p>
      )}
    </div>
  );
}

/** What is wrong with none of these fields but with the whole. */
export function Wrong({ problem, fields = [] }: { problem: Problem | undefined; fields?: readonly string[] }) {
  if (!problem || fields.some((name) => isAbout(problem, name))) return null;
  return (
    <p className="wrong" role="alert">
      {problem.detail}. {problem.remedy}
    </p>
  );
}

const isAbout = (problem: Problem | undefined, name: string): boolean =>
  problem?.field === name || problem?.field?.startsWith(`${name}.`) === true;

export type Deed<Input, Output> = UseMutationResult<Output, Error, Input> & { problem: Problem | undefined };

/** A request that changes something. */
export function useDeed<Input, Output>(
  deed: (input: Input) => Promise<Output>,
  after?: (output: Output, input: Input) => unknown,
): Deed<Input, Output> {
  const mutation = useMutation({ mutationFn: deed, ...(after ? { onSuccess: after } : {}) });
  return { ...mutation, problem: problemOf(mutation.error) };
}

export function problemOf(error: Error | null): Problem | undefined {
  if (!error) return undefined;
  if (error instanceof ApiError) return error.problem;
  return { type: "about:blank", title: error.name, status: 0, detail: error.message };
}

export const onSubmit =
  (act: () => void) =>
  (event: FormEvent): void => {
    event.preventDefault();
    act();
  };
