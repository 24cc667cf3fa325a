// @ts-check
// The one place that names the vendored library; everything else imports from here.
export {
  html,
  render,
  Component,
  createContext,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "./vendor/htm-preact-standalone.module.js";
