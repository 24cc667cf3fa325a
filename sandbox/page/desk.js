// @ts-check
// What every part of the page may use without being handed it: the sandbox's state, who acts, and how to tell of failures.
import { createContext, useContext } from "./html.js";

export const Desk = createContext(null);

/**
 * @returns {{sandbox: any, names: any, people: any[], actor: string, tell: (text: string, kind?: string) => void,
 *   attempt: (work: () => Promise<any>) => Promise<any>}}
 */
export const useDesk = () => useContext(Desk);
