ALTER TABLE "teams" DROP CONSTRAINT "teams_name_unique";--> statement-breakpoint
ALTER TABLE "team_members" ADD COLUMN "removed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "teams" ADD COLUMN "dissolved_at" timestamp with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "teams_name" ON "teams" USING btree ("name") WHERE "teams"."dissolved_at" is null;