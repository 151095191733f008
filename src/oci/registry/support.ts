/** Whether a repository answers the referrers API; found out once. */
export interface Support {
  api?: boolean;
}
