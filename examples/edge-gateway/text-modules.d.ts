declare module '*.crt' {
  const pem: string;
  export default pem;
}
