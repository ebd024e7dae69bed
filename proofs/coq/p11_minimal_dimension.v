(** P11, minimal dimension.

    Registry: with O = [E_s^T Phi; ...; E_s^T Phi^n], the fewest dimensions of a linear system h(t+1) = A h(t), y = C h with the
    scored values are rank O if it starts at h(s+1), linear in the inputs, and 2 rank O - rank(O Phi) if it starts at h(s).
    An input component takes at least two values; the two agree iff everything that is read lies on a cycle, for a selection task.
    Here: any field, any sizes. *)
From mathcomp Require Import all_ssreflect ssralg matrix mxalgebra.
Require Import linear_tasks p07_linear_solvability realizations.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (K : fieldType) (p d : nat) (F : 'I_p.+1 -> 'M[K]_d) (values : 'I_d -> K -> Prop).

Definition O := seen (inject K d ord_max)^T (companion F) (components p d).

(** The system has the scored values; it starts [delay] steps before the first of them, from what is linear in the inputs. *)
Definition has_scored_values delay (S : system K d (components p d)) := forall u, task F u -> allowed p values u ->
  forall t, read S *m power (step S) (delay + t) *m (start S *m stack p u 0) = u (t.+1 + p)%N.

End Definitions.

(** Where the content of a component comes from, one step earlier: the next block, or what the task reads. *)
Definition follow p d (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (x : 'I_p.+1 * 'I_d) :=
  if (x.1 < p)%N then (inord x.1.+1, x.2) else (block x.2, component x.2).

Definition on_cycle (T : Type) (f : T -> T) x := exists2 L, (0 < L)%N & iter L f x = x.

Section Values.
Variables (K : fieldType) (p d : nat) (F : 'I_p.+1 -> 'M[K]_d) (values : 'I_d -> K -> Prop).
Local Notation E := (@inject K p d).

Lemma zero_on_inputs m (D : 'M[K]_(m, components p d)) : (forall k, D *m E k = 0) -> D = 0.
Proof.
move=> zero; have whole : stack p (fun k => submxcol 1%:M (inord k) : 'M[K]_(d, components p d)) 0 = 1%:M.
  by rewrite -[RHS]submxcolK; apply: eq_mxcol => i; rewrite add0n inord_val.
rewrite -[D]mulmx1 -whole stack_inputs mulmx_sumr; apply: big1 => k _.
by rewrite mulmxA zero mul0mx.
Qed.

Lemma values_decide delay S : varied values ->
  has_scored_values F values delay S <-> realizes (E ord_max)^T (companion F) delay S.
Proof.
move=> vary; split=> [scored t|real u ut _ t]; last first.
  by rewrite mulmxA real -stack_newest -mulmxA -(stack_power _ ut).
have [a [b ab]] : exists a, exists b, forall c, [/\ values c (a c), values c (b c) & a c != b c].
  have [a /fin_all_exists[b ab]] := fin_all_exists vary; by exists a, b.
apply/eqP; rewrite -subr_eq0; apply/eqP; set D := _ - _.
have zero u : task F u -> allowed p values u -> D *m stack p u 0 = 0.
  move=> ut ua; rewrite mulmxBl -mulmxA (scored u ut ua t) -mulmxA -(stack_power _ ut) stack_newest.
  by rewrite subrr.
apply: zero_on_inputs => k; apply/matrixP => i c; rewrite [RHS]mxE.
have [u [ut ux]] := task_exists F (fun _ => \col_e a e).
have [v [vt vx]] := task_exists F (fun t => \col_e if (t == k :> nat) && (e == c) then b e else a e).
have ua : allowed p values u by move=> r e rp; rewrite ux // mxE; case: (ab e).
have va : allowed p values v by move=> r e rp; rewrite vx // mxE; case: ifP; case: (ab e).
have : D *m stack p v 0 - D *m stack p u 0 = 0 by rewrite zero // zero // subrr.
rewrite !stack_inputs -mulmxBr -sumrB [X in D *m X](bigD1 k) //= [\sum_(j < _ | j != _) _]big1 => [|j jk]; last first.
  have jp : (j <= p)%N by rewrite -ltnS.
  rewrite -mulmxBr ux // vx // (_ : _ - _ = 0) ?mulmx0 //; apply/matrixP => e z.
  by rewrite !mxE -[j == k :> nat]/(j == k) (negbTE jk) subrr.
have kp : (k <= p)%N by rewrite -ltnS.
have -> : E k *m v k - E k *m u k = (b c - a c) *: (E k *m delta_mx c ord0).
  rewrite -mulmxBr scalemxAr ux // vx //; congr (_ *m _); apply/matrixP => e z; rewrite !mxE eqxx ord1 eqxx andbT /=.
  by case: eqP => [->|_]; rewrite ?mulr1 ?mulr0 ?subrr.
rewrite addr0 -scalemxAr mulmxA -colE => /matrixP/(_ i ord0); rewrite !mxE => /eqP.
by rewrite mulf_eq0 subr_eq0 eq_sym; case: (ab c) => _ _ /negbTE -> /= /eqP.
Qed.
End Values.

Theorem fewest_from_the_first_score (K : fieldType) (p d : nat) (F : 'I_p.+1 -> 'M[K]_d) (values : 'I_d -> K -> Prop) :
  varied values ->
  (forall S, has_scored_values F values 0 S -> (\rank (O F) <= dimension S)%N) /\
  (exists2 S, dimension S = \rank (O F) & has_scored_values F values 0 S).
Proof.
move=> vary; split=> [S /(values_decide F 0 S vary)|]; first exact: at_least0.
by have [S dS /(values_decide F 0 S vary) real] := attained0 (inject K d ord_max)^T (companion F); exists S.
Qed.

Theorem fewest_from_the_last_input (K : fieldType) (p d : nat) (F : 'I_p.+1 -> 'M[K]_d) (values : 'I_d -> K -> Prop) :
  varied values ->
  (forall S, has_scored_values F values 1 S -> (2 * \rank (O F) - \rank (O F *m companion F) <= dimension S)%N) /\
  (exists2 S, dimension S = (2 * \rank (O F) - \rank (O F *m companion F))%N & has_scored_values F values 1 S).
Proof.
move=> vary; rewrite mul2n -addnn; split=> [S /(values_decide F 1 S vary)/at_least1|].
  by rewrite leq_subLR addnC.
have [S dS /(values_decide F 1 S vary) real] := attained1 (inject K d ord_max)^T (companion F).
by exists S; rewrite // -dS addnK.
Qed.

Section Selection.
Variables (K : fieldType) (p d : nat) (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (negative : 'I_d -> bool).
Local Notation F := (selection K block component negative).
Local Notation Phi := (companion F).
Local Notation E := (@inject K p d).
Local Notation pi := (follow block component).

Definition unit_row (x : 'I_p.+1 * 'I_d) : 'rV[K]_(components p d) := row x.2 (E x.1)^T.
Definition factor (x : 'I_p.+1 * 'I_d) : K := if (x.1 < p)%N then 1 else (-1) ^+ negative x.2.

Lemma factor0 x : factor x != 0.
Proof. by rewrite /factor; case: ifP; rewrite ?oner_neq0 ?signr_eq0. Qed.

Lemma unit_row_step x : unit_row x *m Phi = factor x *: unit_row (pi x).
Proof.
case: x => k c; rewrite /unit_row /factor /follow /= -row_mul.
have -> : (E k)^T *m Phi = if (k < p)%N then (E (inord k.+1))^T else \sum_j F j *m (E j)^T.
  apply/eqP; rewrite -subr_eq0; apply/eqP/zero_on_inputs => j; apply/eqP; rewrite mulmxBl subr_eq0; apply/eqP.
  rewrite -mulmxA companion_blocks read_blocks; case: ifP => _; first by rewrite read_inject.
  by rewrite mulmx_suml; apply: eq_bigr => i _; rewrite -mulmxA read_inject.
case: ifP => _; first by rewrite scale1r.
by apply/rowP => z; rewrite !mxE selected !mxE.
Qed.

Lemma unit_row_power x t : exists2 a : K, a != 0 & unit_row x *m power Phi t = a *: unit_row (iter t pi x).
Proof.
elim: t => [|t [a a0 IH]]; first by exists 1; rewrite ?oner_neq0 // power0 mulmx1 scale1r.
exists (a * factor (iter t pi x)); first by rewrite mulf_neq0 ?factor0.
by rewrite powerSr mulmxA IH -scalemxAl unit_row_step scalerA.
Qed.

Lemma unit_row_entry x y : unit_row x *m (unit_row y)^T = (x == y)%:R%:M.
Proof.
case: x y => [k c] [k' c']; rewrite /unit_row /= tr_row trmxK rowE colE !mulmxA -(mulmxA (delta_mx _ _)) read_inject.
apply/matrixP => i j; rewrite !ord1 -rowE -colE !mxE /one_if xpair_eqE.
by case: (k == k'); rewrite mxE.
Qed.

Lemma zero_by_units m (M : 'M[K]_(components p d, m)) : (forall x, unit_row x *m M = 0) -> M = 0.
Proof.
move=> zero; rewrite -[M]trmxK (_ : M^T = 0) ?trmx0 //; apply: zero_on_inputs => k.
rewrite -[M^T *m _]trmxK trmx_mul trmxK (_ : _ *m M = 0) ?trmx0 //; apply/row_matrixP => c.
by rewrite row_mul row0 (zero (k, c)).
Qed.

Definition is_read c := (block c, component c).

Lemma read_row c : exists2 a : K, a != 0 & row c ((E ord_max)^T *m Phi) = a *: unit_row (is_read c).
Proof.
exists (factor (ord_max, c)); first exact: factor0.
by rewrite row_mul -/(unit_row (ord_max, c)) unit_row_step /follow ltnn.
Qed.

Local Notation O := (O F).

Lemma cycles_keep : (forall c, on_cycle pi (is_read c)) -> (O <= O *m Phi)%MS.
Proof.
move=> cycles; apply/stack_sub => i; apply/row_subP => c.
have [a a0 rc] := read_row c; have [L L0 LE] := cycles c; have [b b0 back] := unit_row_power (is_read c) L.
have later t : row c ((E ord_max)^T *m power Phi t.+1) = row c ((E ord_max)^T *m Phi) *m power Phi t.
  by rewrite [power Phi _]/= mulmxA row_mul.
have round : row c ((E ord_max)^T *m Phi) *m power Phi L = b *: row c ((E ord_max)^T *m Phi).
  by rewrite rc -scalemxAl back LE !scalerA mulrC.
have -> : row c ((E ord_max)^T *m power Phi i.+1) = b^-1 *: row c ((E ord_max)^T *m power Phi (L + i).+1).
  by rewrite !later powerD mulmxA round -scalemxAl scalerA mulVf // scale1r.
apply: scalemx_sub; apply: submx_trans (row_sub _ _) _.
by rewrite -[(L + i)%N]prednK ?addn_gt0 ?L0 // powerSr mulmxA submxMr // row_seen.
Qed.

Lemma kept_are_on_cycles : (O <= O *m Phi)%MS -> forall c, on_cycle pi (is_read c).
Proof.
move=> keep c; set x := is_read c; pose T := [finType of 'I_p.+1 * 'I_d]; pose k := #|T|.
have deep t : (O <= O *m power Phi t)%MS.
  elim: t => [|t IH]; first by rewrite power0 mulmx1.
  by apply: submx_trans IH _; rewrite [power Phi _]/= mulmxA submxMr.
have /submxP[D xD] : (unit_row x <= power Phi k)%MS.
  have [a a0 rc] := read_row c; rewrite -[unit_row x]scale1r -(mulVf a0) -scalerA -rc; apply: scalemx_sub.
  apply: submx_trans (row_sub _ _) _; apply: submx_trans (_ : (O <= _)%MS).
    by rewrite -[Phi in _ *m Phi]power1 row_seen.
  by apply: submx_trans (deep k) _; apply: submxMl.
have [z zx] : exists z, iter k pi z = x.
  case: (pickP (fun z => iter k pi z == x)) => [z /eqP|none]; first by exists z.
  have zero : power Phi k *m (unit_row x)^T = 0.
    apply: zero_by_units => z; have [b b0 e] := unit_row_power z k.
    by rewrite mulmxA e -scalemxAl unit_row_entry none mulr0n raddf0 scaler0.
  have := unit_row_entry x x; rewrite {1}xD -mulmxA zero mulmx0 eqxx => /matrixP/(_ ord0 ord0)/eqP.
  by rewrite !mxE eq_sym oner_eq0.
have /trajectP[j jo loop] := looping_order pi z.
have ok : (order pi z <= k)%N by exact: max_card.
have jk : (j <= k)%N by rewrite ltnW // (leq_trans jo).
exists (order pi z - j)%N; first by rewrite subn_gt0.
rewrite -/x -zx -iterD (_ : (order pi z - j + k = k - j + order pi z)%N); last first.
  by rewrite addnC addnBA 1?ltnW // addnBAC.
by rewrite iterD loop -iterD subnK.
Qed.
End Selection.

Theorem they_agree_iff_all_read_is_on_cycles (K : fieldType) (p d : nat)
    (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (negative : 'I_d -> bool) (F := selection K block component negative) :
  (2 * \rank (O F) - \rank (O F *m companion F) = \rank (O F))%N <->
  (forall c, on_cycle (follow block component) (block c, component c)).
Proof.
have sub : (O F *m companion F <= O F)%MS := seen_step _ _; have le := mxrankS sub.
have agree : (2 * \rank (O F) - \rank (O F *m companion F) = \rank (O F))%N <-> (O F <= O F *m companion F)%MS.
  rewrite -(geq_leqif (mxrank_leqif_sup sub)) mul2n -addnn -addnBA //; split=> [/eqP|].
    by rewrite -[X in _ == X]addn0 eqn_add2l subn_eq0.
  by rewrite -subn_eq0 => /eqP ->; rewrite addn0.
by split=> [/agree/kept_are_on_cycles|/cycles_keep/agree].
Qed.
