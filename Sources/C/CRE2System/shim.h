/* RE2 is C++: its headers are included by the CRE2 shim only. */
