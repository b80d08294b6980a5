// What any module costs that is a file: the limit for the import of a package.
export const isEmpty = true;
